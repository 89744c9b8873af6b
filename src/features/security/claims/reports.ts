import { shared } from '../../../database/shared.js';
import { reportPath } from '../../../http/headers.js';
import { listPolicyReports } from '../../../http/queries.js';
import type { Claim } from '../claim.js';
import { unless } from '../claim.js';
import { ask } from './answers.js';

const days = 7;

export const reportClaims: readonly Claim[] = [
  {
    id: 'policy-reports',
    group: 'Transport',
    title: 'Browsers tell us what a page was kept from loading',
    promise:
      'When something gets into a page that does not belong there, the browser stops it and we hear of it: which rule and which page, never what was on it.',
    mechanism:
      'Every policy names an address for reports; kept is a count for each rule, route and day, for thirty days.',
    checked: 'The policy of a page must name that address, and an empty report is sent there. The reports are counted.',
    features: ['CR-3'],
    async check({ origin }) {
      const page = await ask(origin, '/sign-in');
      const named = page.headers['content-security-policy']?.includes(`report-uri ${reportPath}`);
      const headers = { 'content-type': 'application/reports+json' };
      const { status } = await ask(origin, reportPath, { method: 'POST', headers, body: '[]' });
      const problems = [
        ...(named ? [] : ['the policy names no address for reports']),
        ...(status === 204 || status === 429 ? [] : [`a report was answered with ${status}`]),
      ];
      // Told and not judged: anybody can send one.
      const counted = (await listPolicyReports(shared(), days)).reduce((sum, { reports }) => sum + reports, 0);
      return unless(problems, `Reports are taken. In the last ${days} days there were: ${counted}.`);
    },
  },
];
