const usage = `Usage: npm run bailiwick -- COMMAND

  migrate                     bring every workspace to the present version (resumable)
  tenants list                every workspace, its members and its age
  tenants suspend SLUG WHY    close a workspace until it is resumed; its owners are told why
  tenants resume SLUG WHY     open it again
  tenants trial SLUG DAY      let its trial end with that day (2027-01-31), or take it off a trial (off)
  accounts clear-factors EMAIL WHY   for who has lost every factor: removes them and the password, mails a link
  reports list                security reports, open ones first
  reports show REFERENCE      one of them, with its thread and its verdicts
  reports answer REFERENCE TEXT...   write to its reporter
  reports files REFERENCE FOLDER     take out what was attached; open it with care
  reports note REFERENCE TEXT...     for operators alone
  reports state REFERENCE new|acknowledged|confirmed|fixed|rejected|duplicate [REFERENCE]
  doctor [--json]             look at this deployment and say what to do; ends with 1 when something fails
  destinations                every server that this installation calls, for the rules of your network
  components                  every library in it, as CycloneDX (JSON)
  components review           ask npm for known weaknesses and newer versions; ends with 1 when a time was missed
  verify FILE [KEY.PEM]       whether a self-test's result or an evidence pack is signed and unchanged
  tenants delete SLUG --yes   remove a workspace for good and print the receipt
`;

// What a command needs is loaded with it: to be told the usage, nobody waits for the whole product.
async function main([command, ...words]: readonly string[]): Promise<void> {
  if (command === 'migrate') return (await import('./migrate.js')).migrate();
  if (command === 'tenants' && words[0] === 'list') return (await import('./tenants.js')).listAll();
  if (command === 'tenants' && words[0] === 'delete')
    return (await import('./tenants.js')).deleteOne(words[1], words[2]);
  if (command === 'tenants' && isAct(words[0])) return act(words[0], words.slice(1));
  if (command === 'accounts' && words[0] === 'clear-factors')
    return (await import('./accounts.js')).clearFactorsOf(words.slice(1));
  if (command === 'doctor') return (await import('./doctor/doctor.js')).doctor(words);
  if (command === 'destinations') return (await import('./destinations.js')).listDestinations();
  if (command === 'components') return (await import('./components.js')).components(words);
  if (command === 'verify') return (await import('./verify.js')).verify(words);
  if (command === 'reports') return (await import('./reports.js')).reports(words);
  const asked = command === undefined || command === 'help' || command === '--help';
  (asked ? process.stdout : process.stderr).write(usage);
  process.exitCode = asked ? 0 : 2;
}

const acts = { suspend: 'suspendOne', resume: 'resumeOne', trial: 'setTrialOf' } as const;

function isAct(word: string | undefined): word is keyof typeof acts {
  return word !== undefined && Object.hasOwn(acts, word);
}

async function act(name: keyof typeof acts, words: readonly string[]): Promise<void> {
  await (await import('./tenants-acts.js'))[acts[name]](words);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
