import { migrate } from './migrate.js';
import { deleteOne, listAll } from './tenants.js';

const usage = `Usage: npm run bailiwick -- COMMAND

  migrate                     bring every workspace to the present version (resumable)
  tenants list                every workspace, its members and its age
  reports list                security reports, open ones first
  reports show REFERENCE      one of them, with its thread and its verdicts
  reports answer REFERENCE TEXT...   write to its reporter
  reports files REFERENCE FOLDER     take out what was attached; open it with care
  reports close REFERENCE accepted|declined|resolved
  tenants delete SLUG --yes   remove a workspace for good and print the receipt
`;

async function main([command, ...words]: readonly string[]): Promise<void> {
  if (command === 'migrate') return migrate();
  if (command === 'tenants' && words[0] === 'list') return listAll();
  if (command === 'tenants' && words[0] === 'delete') return deleteOne(words[1], words[2]);
  if (command === 'reports') return (await import('./reports.js')).reports(words);
  const asked = command === undefined || command === 'help' || command === '--help';
  (asked ? process.stdout : process.stderr).write(usage);
  process.exitCode = asked ? 0 : 2;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
