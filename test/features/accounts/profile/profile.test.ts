// The parts in their order: each is told in a file of its own, on one stage.
import './details.js';
import './password.js';
import './address.js';
import './own-data.js';
import './activity.js';
