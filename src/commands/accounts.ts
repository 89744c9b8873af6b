import { clearFactors } from '../features/platform/accounts/clearing.js';
import { commandLine } from '../features/platform/operator.js';
import { Reason } from '../features/platform/tenants/tenant.js';
import { openInstallation } from '../installation.js';

const usage = 'accounts clear-factors EMAIL REASON';

/** `accounts clear-factors EMAIL REASON`: for who has lost every factor; the way back in is a mailed link. */
export async function clearFactorsOf([email = '', ...words]: readonly string[]): Promise<void> {
  const parsed = Reason.safeParse({ reason: words.join(' ') });
  if (!parsed.success) throw new Error(`${parsed.error.issues[0]?.message ?? 'Say why.'} ${usage}`);
  const installation = await openInstallation({ migrate: false, visiting: true });
  try {
    const reference = await clearFactors(commandLine(), email, parsed.data.reason);
    process.stdout.write(`Cleared. A link to choose a new password goes to ${email}. Reference ${reference}.\n`);
  } finally {
    await installation.close();
  }
}
