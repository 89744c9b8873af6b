import { extractDocument } from '../../../src/features/knowledge/extraction/extract.js';

/** A process of its own that reads the file named on its command line, to be killed in the middle. Says when it is there. */
const [path = '', fileName = ''] = process.argv.slice(2);
await extractDocument({ path, fileName }, { onProgress: () => console.log('reading'), limits: { silentSeconds: 600 } });
