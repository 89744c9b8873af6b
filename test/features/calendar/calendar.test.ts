// The parts in their order: each is told in a file of its own, in one workspace.
import './events.js';
import './series.js';
import './people.js';
import './agents.js';
import './reminders.js';
import './many.js';
