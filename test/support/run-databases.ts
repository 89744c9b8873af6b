import pg from 'pg';
import { z } from 'zod';
import { openMail } from '../../src/mail/outbox.js';
import type { Sink } from './canaries.js';

const Row = z.object({ id: z.string(), sealed: z.instanceof(Buffer) });

/** What lies at the end of a run in all its databases where people of the installation, or of the world, read it. */
export async function keptInDatabases(clusterUrl: string): Promise<Sink[]> {
  const names = await rowsOf(
    clusterUrl,
    String.raw`select datname as text from pg_database where datname like 'test\_%'`,
  );
  const [mails, plain] = [new Set<string>(), new Set<string>()];
  for (const { text: name } of names) {
    const url = new URL(clusterUrl);
    url.pathname = `/${name}`;
    await lookInto(url.href, mails, plain);
  }
  return [
    { name: 'mails', text: [...mails].join('\n') },
    { name: 'jobs and events', text: [...plain].join('\n') },
  ];
}

const statements = [
  `select coalesce(payload::text, '') || coalesce(last_error, '') as text from graphile_worker._private_jobs`,
  'select event || details::text as text from shared.platform_events',
  'select directive || path as text from shared.policy_reports',
];

async function lookInto(url: string, mails: Set<string>, plain: Set<string>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) for (const { text } of (await client.query(statement)).rows) plain.add(text);
    for (const row of (await client.query('select id, sealed from shared.mails')).rows)
      mails.add(wordsOf(Row.parse(row)));
  } finally {
    await client.end();
  }
}

/** Of a deployment with a key of its own nothing can be read. */
function wordsOf({ id, sealed }: z.infer<typeof Row>): string {
  try {
    const { subject, text, html } = openMail(id, sealed);
    return `${subject}\n${text}\n${html}`;
  } catch {
    return '';
  }
}

async function rowsOf(url: string, statement: string): Promise<{ text: string }[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}
