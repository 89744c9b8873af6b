/** What the gallery shows: one of everything, and the awkward ones. Fixed names, so that pictures can be compared. */
export const longName = 'Quarterly procurement and supplier due diligence for the northern region, part 2';
export const arabicName = 'سياسة الإجازات السنوية للموظفين';
const minute = 60_000;
export const ago = (minutes: number) => new Date(Date.now() - minutes * minute);

const acme = { name: 'Acme', slug: 'acme' };

export const everyPage = {
  drawnAt: 1,
  nonce: 'x',
  csrfToken: 'csrf-of-the-gallery',
  path: '/w/acme',
  account: { id: 'a1', name: 'Alice Andersson', username: 'alice', email: 'alice@acme.example' },
  workspace: acme as { name: string; slug: string } | undefined,
  workspaces: [acme, { name: longName, slug: 'long' }, { name: arabicName, slug: 'arabic' }],
  can: (_permission: string) => true,
  notice: undefined as string | undefined,
  requestId: '0199c1f2-5f0a-7c3e-9b1d-2f6a8f0c4e71',
  title: 'Gallery',
  values: {},
  errors: {},
  longName,
  arabicName,
  ago,
};

export const signedOut = { account: undefined, workspace: undefined, workspaces: [], path: '/' };

const call = {
  name: 'search_knowledge',
  label: 'Search knowledge',
  brief: 'notice period for annual leave',
  arguments: '{\n  "query": "notice period for annual leave",\n  "limit": 6\n}',
  result: '6 passages\n1. Staff handbook, page 14\n2. Leave policy 2026, section 3',
  outcome: 'done',
  durationMs: 142,
};

const citations = [
  { number: 1, title: 'Staff handbook 2026', href: '/gallery/reader#passage-3' },
  { number: 2, title: longName, href: '/gallery/reader#passage-3' },
  { number: 3, title: 'Old leave policy' },
];

const agent = {
  author: 'agent',
  name: 'Guide',
  toolCalls: [] as object[],
  citations: [] as object[],
  status: 'complete',
};
const member = { author: 'member', name: 'Alice Andersson', toolCalls: [], citations: [], status: 'complete' };

export const messages = [
  { ...member, id: 'm1', at: ago(9), text: 'How long before a holiday do I have to ask for it, and who decides?' },
  {
    ...agent,
    id: 'm2',
    at: ago(9),
    toolCalls: [
      call,
      { ...call, outcome: 'refused', label: 'Create task', brief: 'Ask Bob about leave', durationMs: 3 },
    ],
    citations,
    answeredBy: 'Groq, llama-3.3-70b-versatile',
    retryUrl: '/gallery/chat-stream',
    html: '<p>Ask at least <strong>four weeks</strong> before a holiday of more than three days <a class="citation" href="/gallery/reader#passage-3" aria-label="Source 1">1</a>. For shorter ones two working days are enough <a class="citation" href="/gallery/reader#passage-3" aria-label="Source 2">2</a>.</p><ul><li>Your team lead decides within five working days.</li><li>No answer in that time counts as a yes.</li></ul><table><thead><tr><th>Length</th><th>Ask before</th></tr></thead><tbody><tr><td>1 to 3 days</td><td>2 working days</td></tr><tr><td>More</td><td>4 weeks</td></tr></tbody></table>',
  },
  { ...member, id: 'm3', at: ago(4), text: `وماذا عن ${arabicName}؟` },
  {
    ...agent,
    id: 'm4',
    at: ago(4),
    status: 'failed',
    text: 'The policy says that',
    failure: 'The model provider did not answer in time. Nothing was charged to the budget.',
    retryUrl: '/gallery/chat-stream',
  },
];

export const conversations = [
  { id: 'c1', href: '/gallery/chat', title: 'Leave and holidays', at: ago(4), current: true },
  { id: 'c2', href: '/gallery/chat', title: longName, at: ago(130) },
  { id: 'c3', href: '/gallery/chat', title: arabicName, at: ago(3000) },
  ...Array.from({ length: 24 }, (_, index) => ({
    id: `d${index}`,
    href: '/gallery/chat',
    title: `Supplier question ${index + 1}`,
    at: ago(4000 + index * 900),
  })),
];

export const uploads = [
  { name: 'handbook.pdf', stage: 'sending', progress: 64 },
  { name: `${longName}.docx`, stage: 'chunking', progress: 30, statusUrl: '/gallery/status/slow' },
  { name: `${arabicName}.pdf`, stage: 'done', progress: 100, href: '/gallery/reader' },
  {
    name: 'scan.pdf',
    stage: 'failed',
    progress: 0,
    failure: 'This PDF holds pictures of pages and no text. Run text recognition on it first.',
  },
];

const events = ['tool.called', 'document.uploaded', 'member.role-changed', 'session.started', 'audit.exported'];
const actors = ['Guide', 'Alice Andersson', longName, arabicName, 'System'];
export const auditEvents = Array.from({ length: 30 }, (_, index) => ({
  id: `e${index}`,
  at: ago(index * 37 + 2),
  event: events[index % 5],
  actorKind: index % 5 === 0 ? 'agent' : index % 5 === 4 ? 'system' : 'member',
  actor: actors[index % 5],
  subject: ['Search knowledge', 'Staff handbook 2026', 'Bob Berg', 'Browser on Linux', 'CSV, 1,204 rows'][index % 5],
  outcome: index % 7 === 3 ? 'refused' : index % 11 === 5 ? 'failed' : 'done',
  requestId: '0199c1f2-5f0a-7c3e-9b1d-2f6a8f0c4e71',
}));
