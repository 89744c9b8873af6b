// The parts in their order: each is told in a file of its own, on one stage.
import './flows.js';
import './hijacking.js';
import './hostile.js';
import './hostile-provider.js';
import './strength.js';
