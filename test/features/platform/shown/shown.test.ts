// The parts in their order: each is told in a file of its own, on one stage.
import './workspaces.js';
import './incidents.js';
