import { asvsRows, isGreen, type Row, standings } from './asvs.js';

/** `npm run asvs`: where each requirement of ASVS 5.0, levels 1 and 2, stands; `-- --all` names the green ones, too. */
const rows = asvsRows();
const line = ({ id, standing, words, lacks, tests }: Row) =>
  `${id.padEnd(8)} ${standing.padEnd(14)} ${words}${lacks ? `: ${lacks}` : ''}${tests.length > 0 ? ` [${tests.join(', ')}]` : ''}`;
const shown = rows.filter(
  (row) => process.argv.includes('--all') || (!isGreen(row) && row.standing !== 'does not apply'),
);
const counts = standings.map((standing) => `${rows.filter((row) => row.standing === standing).length} ${standing}`);
const applying = rows.filter(({ standing }) => standing !== 'does not apply');
console.log(shown.map(line).join('\n'));
console.log(`\n${applying.filter(isGreen).length} of ${applying.length} that apply are green: ${counts.join(', ')}.`);
