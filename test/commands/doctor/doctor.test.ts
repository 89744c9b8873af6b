// The parts in their order: each is told in a file of its own, on one stage.
import './checks.js';
import './command.js';
