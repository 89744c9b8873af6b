// The parts in their order: each is told in a file of its own, on one stage.
import './editing.js';
import './comments.js';
import './sealed.js';
import './board.js';
