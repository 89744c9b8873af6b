// The parts in their order: each is told in a file of its own, with one cast.
import './list.js';
import './preferences.js';
import './mail.js';
import './mentions.js';
import './bell.js';
import './documents.js';
