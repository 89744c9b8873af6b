// The parts in their order: each is told in a file of its own, in one world.
import './routes/strangers.js';
import './routes/members.js';
import './routes/forgery.js';
import './routes/pages.js';
import './routes/names.js';
