// The parts in their order: each is told in a file of its own, on one stage.
import './reading.js';
import './sign-in.js';
import './sessions.js';
import './access.js';
import './lists.js';
import './inventories.js';
import './machines.js';
