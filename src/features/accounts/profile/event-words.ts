/** What happened to an account, for its owner to read. An event that is missing here is shown by its name. */
const words: Readonly<Record<string, string>> = {
  'account.signed-in': 'Signed in',
  'account.signed-out': 'Signed out',
  'account.sign-in-refused': 'Sign-in',
  'account.sessions-ended': 'Sessions ended',
  'account.proven': 'Confirmed that it is you',
  'account.proof-refused': 'Proof that it is you',
  'account.second-step-asked': 'Second factor asked for',
  'account.second-step-refused': 'Second factor',
  'account.code-asked': 'Code mailed',
  'account.recovery-asked': 'Link to a new password asked for',
  'account.recovered': 'New password set by a mailed link',
  'account.password-changed': 'Password changed',
  'account.password-set': 'First password set',
  'account.renamed': 'Name or username changed',
  'account.address-change-asked': 'New email address entered',
  'account.address-change-cancelled': 'New email address cancelled',
  'account.address-changed': 'Email address changed',
  'account.authenticator-begun': 'Authenticator app begun',
  'account.authenticator-added': 'Authenticator app set up',
  'account.authenticator-removed': 'Authenticator app removed',
  'account.recovery-codes-made': 'Recovery codes made',
  'account.recovery-code-used': 'Recovery code used',
  'account.passkey-added': 'Passkey added',
  'account.passkey-renamed': 'Passkey renamed',
  'account.passkey-refused': 'Passkey',
  'account.passkey-removed': 'Passkey removed',
  'account.login-linked': 'Account elsewhere linked',
  'account.login-removed': 'Account elsewhere removed',
  'account.data-exported': 'Your data downloaded',
  'account.deleted': 'Deletion of the account',
};

export function wordsFor(event: string): string {
  const known = words[event];
  if (known) return known;
  const name = event.replace(/^account\./, '').replaceAll(/[-.]/g, ' ');
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

const told: Readonly<Record<string, (value: unknown) => string>> = {
  reference: (value) => `Reference ${value}`,
  methods: (value) => `By ${String(value).split(' ').join(', then ')}`,
  method: (value) => `By ${value}`,
  provider: (value) => `${value}`,
  reason: (value) => `${value}`,
  newDevice: (value) => (value === true ? 'From a new browser' : ''),
};

/** The facts of an event that help to recognise it. */
export function factsFor(details: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(details).map(([name, value]) => told[name]?.(value) ?? '');
  return facts.filter((fact) => fact !== '').join('. ');
}
