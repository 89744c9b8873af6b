import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { templates } from '../../../src/features/agents/templates.js';
import { addDocument, type Cast, eventsNamed, startCast } from '../conversations/cast.js';
import { ask, textOf } from '../conversations/stream.js';

let cast: Cast;
let handbook: string;
before(async () => {
  cast = await startCast();
  handbook = await addDocument(cast.alice, 'Handbook', 'A hotel room may cost up to 140 euros a night.');
});
after(() => cast?.close());

const draft = {
  ...{ name: 'Clerk', role: 'Knows the rules', instructions: 'Be brief.', model: '', knowledge: 'all' },
  question: 'How much may a hotel cost?',
};

/** Several values of one name, as checkboxes send them. */
async function post(page: string, action: string, fields: Record<string, string>, tools: readonly string[]) {
  const { browser } = cast.alice;
  const body = new URLSearchParams({ ...draft, ...fields, _csrf: await browser.token(page) });
  for (const tool of tools) body.append('tools', tool);
  return browser.send(action, { method: 'POST', body, headers: { Origin: browser.origin } });
}

const tryOut = (fields: Record<string, string> = {}, tools: readonly string[] = ['search_knowledge']) =>
  post('/w/acme/agents/new', '/w/acme/agents/trial', fields, tools);

async function make(fields: Record<string, string> = {}, tools: readonly string[] = ['search_knowledge']) {
  const made = await post('/w/acme/agents/new', '/w/acme/agents', fields, tools);
  assert.equal(made.status, 303, made.text.slice(-3000));
  return made.location;
}

const search = { name: 'search_knowledge', arguments: { query: 'hotel cost' } };
const outcomes = (text: string) =>
  [...text.matchAll(/<span class="tool-outcome \w+">.*?<span>([^<]+)<\/span>/g)].map(([, word]) => word);

/** Rows of every table that a test of an agent could leave something in, and what is in them. */
async function everything(): Promise<Record<string, string>> {
  const { admin } = cast.server.database;
  const { rows } = await admin.query(
    `select schemaname || '.' || tablename as name from pg_tables
     where schemaname in ($1, 'shared', 'graphile_worker')
       and tablename not in ('audit_events', 'usage_calls', 'usage_totals', 'sessions', 'rate_limits')
     order by 1`,
    [cast.acme.id],
  );
  const found: Record<string, string> = {};
  for (const { name } of rows) {
    const { rows: counted } = await admin.query(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest from ${name} t`,
    );
    found[name] = counted[0].digest;
  }
  return found;
}

describe('a draft is tested beside its form (AG-1)', () => {
  test('what only looks runs, what acts is said and not done, and nothing is left but the audit', async () => {
    // The first call of a month orders the sweep of what is counted.
    cast.says({ text: 'Good morning.' });
    await tryOut({}, []);
    cast.says(
      { text: 'Let me see.', calls: [search] },
      { calls: [{ name: 'delete_document', arguments: { document: handbook } }] },
      { calls: [{ name: 'add_document', arguments: { title: 'Note', text: 'Canary words.' } }] },
      { text: 'Up to 140 euros [1].' },
    );
    const [before, events] = [await everything(), (await eventsNamed(cast, cast.acme, 'agent.tried')).length];
    const answer = await tryOut({}, ['search_knowledge', 'delete_document', 'add_document']);
    assert.equal(answer.status, 200);
    assert.deepEqual(outcomes(answer.text), ['Done', 'Would ask a person', 'Would ask a person']);
    assert.match(answer.text, /Delete the document “Handbook” for good, for everybody in this workspace\./);
    assert.match(answer.text, /Up to 140 euros/);
    assert.match(answer.text, new RegExp(`/w/acme/knowledge/${handbook}\\?chunk=`));
    assert.match(answer.text, /<textarea[^>]*id="field-instructions"[^>]*>Be brief\.<\/textarea>/);
    assert.deepEqual(await everything(), before);
    const tried = await eventsNamed(cast, cast.acme, 'agent.tried');
    assert.equal(tried.length, events + 1);
    assert.equal(tried.at(-1)?.arguments_digest?.length, 32);
    assert.doesNotMatch(JSON.stringify(tried.at(-1)?.details), /hotel|Be brief/);
    const ended = (await eventsNamed(cast, cast.acme, 'agent.trial-ended')).at(-1);
    assert.deepEqual([ended?.details.toolCalls, ended?.account_id], [3, cast.alice.id]);
    const told =
      cast
        .asked()
        .at(-1)
        ?.messages.map(({ content }) => content)
        .join('\n') ?? '';
    assert.match(told, /This is a test: nothing was done\./);
  });

  test('the rules are those of the draft: never is refused, and a tool that it has not got, too', async () => {
    cast.says(
      {
        calls: [
          { name: 'list_documents', arguments: {} },
          { name: 'delete_document', arguments: { document: handbook } },
        ],
      },
      { text: 'No.' },
    );
    const answer = await tryOut({ 'tool-list_documents': 'never' }, ['list_documents']);
    assert.deepEqual(outcomes(answer.text), ['Refused', 'Refused']);
    assert.match(answer.text, /policy of this workspace or of this agent/);
    assert.match(answer.text, /may not use this tool/);
  });

  test('an agent that is saved already is tested as it stands in the form, under its own name', async () => {
    const path = await make();
    cast.says({ text: 'As you say.' });
    const answer = await post(`${path}/edit`, `${path}/trial`, { name: 'Renamed', version: '1' }, []);
    assert.match(answer.text, /As you say\./);
    assert.match(cast.asked().at(-1)?.messages[0]?.content ?? '', /^You are Renamed,/);
    assert.match((await cast.alice.browser.get(path)).text, /<h1><bdi>Clerk<\/bdi>/);
    assert.equal((await eventsNamed(cast, cast.acme, 'agent.tried')).at(-1)?.subject_id, path.split('/').at(-1));
  });

  test('what is wrong with the draft or the question is said beside it, and no model is asked', async () => {
    const asked = cast.asked().length;
    const wrong: Record<string, string>[] = [
      { question: ' ' },
      { name: '' },
      { calls: '9' },
      { volume: '12' },
      { model: 'groq:none' },
    ];
    for (const fields of wrong) {
      const answer = await tryOut(fields);
      assert.equal(answer.status, 422, JSON.stringify(fields));
      assert.match(answer.text, /field-error/);
    }
    assert.equal(cast.asked().length, asked);
  });

  test('bob may not, and whatever a person or a model writes stays text (AG-12)', async () => {
    const _csrf = await cast.bob.browser.token('/w/acme');
    assert.equal((await cast.bob.browser.post('/w/acme/agents/trial', { ...draft, _csrf })).status, 403);
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script> ![x](https://elsewhere.test/x.png)';
    cast.says({ calls: [{ name: 'search_knowledge', arguments: { query: evil } }] }, { text: evil });
    const { text } = await tryOut({ name: `N${evil}`.slice(0, 80), question: evil, instructions: evil });
    assert.doesNotMatch(text, /<img|<script>|src="https:\/\/elsewhere/);
    assert.match(text, /&lt;img src=x onerror=alert\(1\)&gt;/);
  });
});

describe('limits of an answer (AG-1, AG-4)', () => {
  const talk = async (path: string) => {
    const agent = path.split('/').at(-1) ?? '';
    return (await ask(cast.alice.browser, 'acme', { text: 'How much?', agent })).rest();
  };

  test('calls stop at the limit, in a conversation and in a test', async () => {
    const path = await make({ calls: '1' });
    cast.says({ calls: [search, search, search] }, { text: 'One was enough.' });
    const events = await talk(path);
    const ended = events.filter(({ event, data }) => event === 'tool' && data.outcome !== 'running');
    assert.deepEqual(
      ended.map(({ data }) => data.outcome),
      ['done', 'refused', 'refused'],
    );
    assert.match(textOf(events), /One was enough/);
    cast.says({ calls: [search, search] }, { text: 'Enough.' });
    assert.deepEqual(outcomes((await tryOut({ calls: '1' })).text), ['Done', 'Refused']);
  });

  test('tokens: what is left bounds the next step, and nothing is asked for when too little is left', async () => {
    const path = await make({ volume: '2000' });
    cast.says({ text: 'Short.' });
    await talk(path);
    const sent = JSON.stringify(cast.provider?.requests.at(-1)?.body);
    const most = Number(/"max_tokens":(\d+)/.exec(sent)?.[1]);
    assert.ok(most > 0 && most < 2000, sent.slice(0, 300));
    const asked = cast.asked().length;
    const long = await make({ volume: '2000', instructions: 'Remember everything. '.repeat(500) });
    const failed = (await talk(long)).at(-1);
    assert.equal(failed?.event, 'failed');
    assert.match(failed?.data.message ?? '', /more tokens than a question may/);
    assert.equal(cast.asked().length, asked);
  });

  test('seconds', async () => {
    cast.says({ fault: { kind: 'hang', after: 1 }, text: 'Slowly.' });
    const answer = await tryOut({ seconds: '1' });
    assert.match(answer.text, /longer than 1 seconds and was stopped/);
  });

  test('they belong to the version, and are told in words', async () => {
    const path = await make({
      calls: '2',
      volume: '3000',
      seconds: '20',
      model: 'compatible:default',
      others: 'listed',
    });
    const { text } = await cast.alice.browser.get(path);
    assert.match(text, /At most 2 tool calls/);
    assert.match(text, /Nobody else is asked/);
    const edited = await post(`${path}/edit`, path, { version: '1', calls: '3' }, ['search_knowledge']);
    assert.equal(edited.status, 303, edited.text.slice(-2000));
    const change = await cast.alice.browser.get(`${path}/versions/2`);
    for (const words of [/Limits of an answer/, /At most 3 tool calls/, /Who is asked next/])
      assert.match(change.text, words);
    await post(`${path}/versions/1`, `${path}/versions/1/restoration`, { version: '2' }, []);
    assert.match((await cast.alice.browser.get(path)).text, /At most 3000 tokens|At most 3,000 tokens/);
  });
});

test('an edit that came too late says what others changed, keeps what was typed, and can go on top (AG-1)', async () => {
  const path = await make();
  const save = (fields: Record<string, string>) => post(`${path}/edit`, path, fields, ['search_knowledge']);
  assert.equal((await save({ version: '1', instructions: 'Theirs.' })).status, 303);
  const late = await save({ version: '1', instructions: 'Mine <b>.' });
  assert.equal(late.status, 409);
  assert.match(late.text, /Version 2 was saved while you were editing/);
  assert.match(late.text, /It changed: instructions\./);
  assert.match(late.text, />Mine &lt;b&gt;\.<\/textarea>/);
  assert.match(late.text, /name="version" value="2"/);
  assert.equal((await save({ version: '2', instructions: 'Mine <b>.' })).status, 303);
  assert.match((await cast.alice.browser.get(`${path}/versions`)).text, /Version 3/);
});

test('a new agent begins with a template that fits what this installation has (AG-1)', async () => {
  const gallery = await cast.alice.browser.get('/w/acme/agents/new');
  for (const { id, name } of templates) {
    assert.match(gallery.text, new RegExp(`new\\?template=${id}">${name}<`));
    const { text } = await cast.alice.browser.get(`/w/acme/agents/new?template=${id}`);
    assert.match(text, new RegExp(`name="name" [^>]*|value="${name}"`));
    assert.match(text, /name="tools" value="search_knowledge" checked/);
    assert.match(text, /<textarea[^>]*id="field-instructions"[^>]*>[^<]{400}/);
    assert.match(text, /<textarea[^>]*id="field-question"[^>]*>[^<]{20}/);
  }
  const { text } = await cast.alice.browser.get('/w/acme/agents/new?template=empty');
  const rule = (tool: string) =>
    new RegExp(`name="tool-${tool}">.*?<option value="([^"]*)" selected`, 's').exec(text)?.[1];
  assert.deepEqual([rule('delete_document'), rule('search_knowledge')], ['ask', '']);
});
