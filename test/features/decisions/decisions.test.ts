// The parts in their order: each is told in a file of its own, with one cast.
import './asking.js';
import './deciding.js';
import './carrying-out.js';
import './together.js';
import './telling.js';
import './elsewhere.js';
