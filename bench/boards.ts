import { performance } from 'node:perf_hooks';
import type { TenantDatabase } from '../src/database/database.js';
import { newId } from '../src/database/id.js';
import type { Settings } from '../src/features/calendar/event.js';
import { insertEvent } from '../src/features/calendar/queries.js';
import { settle } from '../src/features/calendar/settle.js';
import { weekdayOf } from '../src/features/calendar/time/day.js';
import { createLabel } from '../src/features/tasks/labels/actions.js';
import { doerOf } from '../src/features/tasks/people/people.js';
import { insertTask } from '../src/features/tasks/queries.js';
import { statuses, type TaskDraft } from '../src/features/tasks/task.js';
import type { TenantContext } from '../src/tenancy/context.js';
import { inTenant } from '../src/tenancy/in-tenant.js';
import { openTestDatabase } from '../test/support/database.js';
import { startInstallation } from './installation.js';
import { newOwner } from './people.js';
import { median, percentile, rounded, say } from './support.js';

/**
 * Tasks and calendar at 1,000 and 10,000 items: list, board, search and month as a browser asks for them, one after the
 * other, beside the members' page of the same workspace in the same rounds. `npm run bench:boards`; SIZES and ROUNDS
 * change the scale.
 */
const sizes = (process.env.SIZES ?? '1000,10000').split(',').map(Number);
const rounds = Number(process.env.ROUNDS ?? 60);
const atOnce = 100;

const today = Math.floor(Date.now() / 86_400_000);
const day = (ahead: number) => new Date((today + ahead) * 86_400_000).toISOString().slice(0, 10);

const database = await openTestDatabase({ tenants: 3 });
const product = await startInstallation({ PROCESS_ROLE: 'web' });
const owner = await newOwner(product.origin, 1);
const context = await contextOf(owner.home.split('/').at(-1) ?? '');
const labels = await Promise.all(['Red', 'Blue'].map((name) => createLabel(context, { name, colour: 'red' })));
let made = 0;

for (const size of sizes) {
  for (; made < size; made += atOnce) await inTenant(context, 'tasks.create', (db) => fill(db, made));
  await database.admin.query(`analyze`);
  say(`${size} tasks and ${size} events, ms, ${rounds} rounds`, await measure());
}
await product.stop();
await database.close();
process.exit(0);

/** Rows alone, without the history and the audit that an act writes. */
async function fill(db: TenantDatabase, from: number): Promise<void> {
  const doer = doerOf(context);
  const accountId = doer.accountId ?? '';
  for (let number = from; number < from + atOnce; number += 1) {
    const draft: TaskDraft = {
      title: `Task ${number} about lamps and number ${number % 97}`,
      description: 'What is to do, in a sentence or two, as people write it.',
      status: statuses[number % 4] ?? 'todo',
      priority: (['none', 'low', 'high'] as const)[number % 3] ?? 'none',
      assignee: number % 5 === 0 ? { kind: 'member', id: accountId } : null,
      due: number % 2 === 0 ? day(number % 60) : null,
      labels: labels.filter((_, index) => (number + index) % 3 === 0),
    };
    await insertTask(db, { id: newId(), number: number + 1, draft, doer });
    const event = { ...settle(eventAt(number)), id: newId(), exceptions: [], cancelledAt: null };
    await insertEvent(db, event, { accountId, agentId: null });
  }
}

/** Over three years around today; every twentieth repeats each week. */
function eventAt(number: number): Settings {
  const from = { day: today - 540 + (number % 1080), minutes: (number % 20) * 60 };
  const weekly = { every: 'week', interval: 1, weekdays: [weekdayOf(from.day)], weekStart: 0 } as const;
  const rule = number % 20 === 0 ? weekly : null;
  return {
    ...{
      title: `Event ${number}`,
      description: '',
      place: '',
      visibility: 'team',
      attendees: [],
      reminderMinutes: null,
    },
    when: { allDay: false, zone: 'UTC', from, to: { ...from, minutes: from.minutes + 45 } },
    rule,
  };
}

async function measure() {
  const paths = {
    members: '/members',
    'task list': '/tasks',
    'task list, by due day': '/tasks?sort=due',
    'task search': '/tasks?q=number+42',
    board: '/tasks/board',
    'board, mine': '/tasks/board?assignee=me',
    'board, a live part': '/tasks/board',
    'calendar month': '/calendar?view=month',
    calendar: '/calendar',
  };
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(paths).map((name) => [name, []]));
  for (let round = -5; round < rounds; round += 1) {
    for (const [name, path] of Object.entries(paths)) {
      const took = await ask(path, name.endsWith('live part'));
      if (round >= 0) times[name]?.push(took);
    }
  }
  const base = median(times.members ?? []);
  return Object.entries(times).map(([page, all]) => ({
    page,
    p50: rounded(median(all), 1),
    p95: rounded(percentile(all, 0.95), 1),
    'times members': rounded(median(all) / base),
  }));
}

async function ask(path: string, part: boolean): Promise<number> {
  const cookie = [...owner.visitor.cookies].map(([key, value]) => `${key}=${value}`).join('; ');
  const headers = { accept: 'text/html', cookie, ...(part ? { 'live-part': 'main' } : {}) };
  const started = performance.now();
  const response = await fetch(product.origin + owner.home + path, { headers });
  await response.text();
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
  return performance.now() - started;
}

async function contextOf(slug: string): Promise<TenantContext> {
  const { rows } = await database.admin.query<{ id: string }>(
    `select m.account_id as id from shared.memberships m join shared.tenants t on t.id = m.tenant_id where t.slug = $1`,
    [slug],
  );
  const { enterWorkspace, memberActor } = await import('../src/tenancy/directory.js');
  const id = rows[0]?.id ?? newId();
  const membership = await enterWorkspace(slug, id);
  if (!membership) throw new Error('nobody is in the workspace');
  return {
    tenant: membership.tenant,
    actor: memberActor({ id, name: 'bench' }, membership),
    trigger: 'page',
    requestId: 'bench',
  };
}
