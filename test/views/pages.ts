import type ejs from 'ejs';
import { ago, arabicName, auditEvents, conversations, longName, messages, signedOut, uploads } from './samples.js';

interface GalleryPage {
  readonly view: string;
  readonly layout: 'workspace' | 'plain';
  readonly locals: ejs.Data;
}

const inGallery = (name: string) => `test/views/gallery/${name}.ejs`;
const workspace = (view: string, locals: ejs.Data): GalleryPage => ({ view, layout: 'workspace', locals });
const plain = (view: string, locals: ejs.Data): GalleryPage => ({
  view,
  layout: 'plain',
  locals: { ...signedOut, ...locals },
});

const errors = {
  email: 'Enter an email address, like name@example.com.',
  password: 'This password is on a list of common ones. Choose another.',
  workspace: 'Use at most 80 characters.',
};
const documents = ['Staff handbook 2026', longName, arabicName].map((title, index) => ({
  title,
  kind: ['ok', 'information', 'danger'][index],
  state: ['Ready', 'Indexing', 'Failed'][index],
}));
const recent = conversations.slice(0, 5).map(({ id, title, at }) => ({ id, title, updatedAt: at }));
const counts = { documents: 14, conversations: 27, agents: 3, members: 8 };
const nothing = { documents: 0, conversations: 0, agents: 1, members: 1 };
const upload = {
  action: '/gallery/upload',
  accept: '.pdf,.docx,.txt',
  maxBytes: 1000,
  help: 'PDF, Word, Excel, PowerPoint, HTML, Markdown, CSV or text. 50 MB each.',
};
const notFound = { styles: ['failure'], status: 404, title: 'Not found', message: 'There is no such document here.' };
const away = {
  styles: ['failure'],
  status: 503,
  title: 'Something we depend on is not answering',
  message: 'The database did not answer.',
  retryAfter: 5,
};
const mayLittle = (permission: string) => permission.endsWith('.read') && !/^(audit|settings)/.test(permission);

const claimSamples = (['enforced', 'partial', 'off', 'untried', 'unknown'] as const).map((state, index) => ({
  id: `claim-${state}`,
  title: index === 1 ? longName : 'A workspace cannot read another one',
  promise: 'Each workspace is a schema of its own.',
  mechanism: 'Role and path travel with every statement.',
  checked: 'From inside one workspace we try to read another.',
  features: ['IS-1'],
  state,
  evidence: 'Postgres refused all 4 tables that were tried.',
  checkedAt: state === 'unknown' ? null : ago(5),
  passedAt: state === 'enforced' ? ago(5) : null,
}));

const incidentSample = {
  ...{ id: 'i1', kind: 'incident', title: longName, severity: 'notice', components: ['mail'] },
  ...{ startsAt: ago(30), endsAt: null, closedAt: null },
  updates: [{ stage: 'found', at: ago(5), body: `<p>${arabicName}</p>` }],
};

/** Every page of the gallery: what is nothing, one and many, what is long and what is Arabic. */
export const pages: Readonly<Record<string, GalleryPage>> = {
  landing: plain('views/landing/show.ejs', { title: 'Bailiwick' }),
  security: plain('views/security/show.ejs', {
    title: 'Security',
    groups: [{ name: 'Isolation', claims: claimSamples }],
    counts: { all: 4, enforced: 1 },
    tables: [{ name: 'messages', sealed: ['body'], hashed: [], clear: ['id', 'status', 'created_at'] }],
    neverStored: ['Uploaded files'],
    retention: [{ what: 'Activity', until: '400 days' }],
    parties: [{ kind: 'model', name: arabicName, gets: longName }],
    regions: ['eu-central'],
    fingerprint: 'a1b2c3',
    standing: (id: string) => claimSamples.find((claim) => claim.id === id),
    contact: 'security@example.com',
    metrics: { received: 3, open: 1, hoursToAcknowledge: 5, hoursToResolve: null },
    span: (hours: number | null) => (hours === null ? 'none yet' : `${hours} hours`),
    mayCheck: true,
  }),
  status: plain('views/status/show.ejs', {
    title: 'Status',
    styles: ['incidents'],
    ...{ kinds: { incident: 'Incident' }, severities: { notice: 'Hardly' } },
    ...{ stageName: (stage: string) => stage, named: (components: string[]) => components.join(', ') },
    under: [incidentSample],
    ...{ coming: [], closed: [] },
    well: false,
    standings: (['up', 'slow', 'down'] as const).map((state) => ({
      component: 'web',
      name: 'Pages',
      state,
      says: 'It answered.',
    })),
    histories: [
      {
        component: 'web',
        name: 'Pages',
        percent: '99.99',
        days: (['none', 'good', 'fair', 'bad'] as const).map((grade, index) => ({
          day: ago(index * 1440),
          grade,
          percent: grade === 'none' ? undefined : '99.99',
        })),
      },
    ],
  }),
  report: plain('views/disclosure/show.ejs', {
    title: 'Report BW-7K3F-Q2XM',
    styles: ['disclosure'],
    report: { reference: 'BW-7K3F-Q2XM', state: 'new', receivedAt: ago(90), publishedAt: null },
    written: { subject: longName, text: arabicName },
    messages: [{ author: 'operator', text: 'Thank you.', at: ago(5) }],
    due: { clock: 'acknowledgement', at: ago(-600) },
    credit: { name: arabicName, link: 'https://example.org/' },
    action: '/security/reports/x',
    values: {},
    errors: {},
  }),
  'report-new': plain('views/disclosure/new.ejs', {
    title: 'Report a security problem',
    styles: ['disclosure'],
    address: 'security@example.com',
    clocks: { acknowledgement: 48, resolution: 336 },
    policy: { scope: longName, safeHarbour: '', contact: arabicName, businessDays: true },
    paragraphs: (text: string) => text.split('\n\n'),
    mostBytes: 10_485_760,
    mostFiles: 10,
    values: { subject: '' },
    errors: { subject: 'Give it a title.' },
  }),
  'sign-up': plain(inGallery('sign-up'), { title: 'Create your workspace' }),
  'sign-up-errors': plain(inGallery('sign-up'), {
    title: 'Error: Create your workspace',
    errors,
    values: { email: 'alice@', username: arabicName, workspace: longName },
  }),
  'not-found-outside': plain('views/errors/show.ejs', notFound),
  'not-found': workspace('views/errors/show.ejs', notFound),
  away: plain('views/errors/show.ejs', away),
  'dashboard-first': workspace('views/dashboard/show.ejs', {
    styles: ['dashboard', 'guide', 'upload'],
    title: 'Home',
    steps: { document: false, question: false, activity: false, members: false },
    recentConversations: [],
    counts: nothing,
    upload,
  }),
  'dashboard-half': workspace('views/dashboard/show.ejs', {
    styles: ['dashboard', 'guide', 'upload'],
    title: 'Home',
    workspace: { name: longName, slug: 'acme' },
    steps: { document: true, question: true, activity: false, members: false },
    recentConversations: recent,
    counts,
    notice: 'Your email address is verified.',
  }),
  'dashboard-done': workspace('views/dashboard/show.ejs', {
    styles: ['dashboard', 'guide', 'upload'],
    title: 'Home',
    workspace: { name: arabicName, slug: 'acme' },
    can: mayLittle,
    steps: { document: true, question: true, activity: true, members: true },
    recentConversations: recent,
    counts,
  }),
  chat: workspace(inGallery('chat'), { title: 'Chat', path: '/w/acme/conversations', messages, conversations }),
  'chat-running': workspace(inGallery('chat'), {
    path: '/w/acme/conversations',
    messages: [messages[0], { ...messages[1], status: 'running', streamUrl: '/gallery/chat-stream' }],
    conversations,
  }),
  'chat-empty': workspace(inGallery('chat'), { path: '/w/acme/conversations', messages: [], conversations: [] }),
  knowledge: workspace(inGallery('knowledge'), {
    styles: ['upload'],
    path: '/w/acme/knowledge',
    rows: uploads,
    documents,
  }),
  'knowledge-empty': workspace(inGallery('knowledge'), {
    styles: ['upload'],
    path: '/w/acme/knowledge',
    rows: [],
    documents: [],
  }),
  reader: workspace(inGallery('reader'), { path: '/w/acme/knowledge' }),
  'agent-form': workspace(inGallery('agent-form'), {
    path: '/w/acme/agents',
    errors: { name: 'Another agent has this name.', tools: 'Choose at least one tool.' },
  }),
  audit: workspace(inGallery('audit'), { styles: ['audit'], path: '/w/acme/audit', auditEvents }),
  'audit-detail': workspace(inGallery('audit-detail'), { styles: ['audit'], path: '/w/acme/audit/x', ago }),
  settings: workspace(inGallery('settings'), { styles: ['matrix'], path: '/w/acme/settings' }),
  confirm: workspace(inGallery('confirm'), { path: '/w/acme/settings' }),
  components: workspace(inGallery('components'), { styles: ['upload'] }),
};
