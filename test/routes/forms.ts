import { goodPassword } from '../features/accounts/people.js';
import type { Form } from './world.js';

/** What each form takes to be accepted, by the pattern of its route; those that are missing here take nothing. */
export const forms: Readonly<Record<string, Form>> = {
  '/security/reports': { fields: { subject: 'A hole', text: 'Steps.', from: '', name: '' } },
  '/security/reports/:token/messages': { fields: { text: 'And more.' } },
  '/workspaces': { fields: { name: 'Another' } },
  '/w/:workspace/conversations': { fields: { text: 'What gives light?' } },
  '/w/:workspace/conversations/:id/messages': { fields: { text: 'And what else?' } },
  '/w/:workspace/conversations/:id/title': { fields: { title: 'About lamps' } },
  '/w/:workspace/agents': { fields: { name: 'Helper', knowledge: 'all' } },
  '/w/:workspace/agents/:id': { fields: { name: 'Guide', knowledge: 'none', version: '1' } },
  '/w/:workspace/agents/:id/versions/:version/restoration': { fields: { version: '2' } },
  '/w/:workspace/knowledge': { file: 'Lamps give light.' },
  '/w/:workspace/knowledge/pasted': { fields: { title: 'Oil', text: 'Oil burns in lamps.' } },
  '/w/:workspace/knowledge/fetched': { fields: { address: 'http://127.0.0.1:9/' } },
  '/w/:workspace/knowledge/:id/versions': { file: 'Lamps gave light.' },
  '/w/:workspace/knowledge/:id/access': { fields: { access: 'everyone' } },
  '/w/:workspace/members/invitations': { fields: { email: 'another@acme.test', role: 'member' } },
  '/w/:workspace/members/:id/role': { fields: { role: 'admin' } },
  '/w/:workspace/settings': { fields: { name: 'Acme', instructions: 'Be kind.' } },
  '/w/:workspace/settings/deletion': { fields: { typed: 'Acme', password: goodPassword } },
};
