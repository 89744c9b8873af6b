// The parts in their order: each is told in a file of its own, on one stage.
import './editing.js';
import './history.js';
import './tree.js';
import './agents.js';
import './links.js';
