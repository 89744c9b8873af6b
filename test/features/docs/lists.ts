import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configurationDefaults, projectPath } from '../../../src/config.js';
import { allTools } from '../../../src/llm/tool.js';
import { categories } from '../../../src/tenancy/events.js';
import { goodPassword } from '../accounts/people.js';
import { pageOf, said, section, server, wordsOf } from './stage.js';

test('lists in the guides are those of the program: variables, tools, categories, tables, commands, placeholders', () => {
  const variables = [...pageOf('configuration').matchAll(/<th scope="row"><code>(\w+)<\/code>/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(variables.sort(), Object.keys(configurationDefaults()).sort());
  assert.doesNotMatch(wordsOf('configuration'), new RegExp(server.origin));
  const tools = [...section('what-agents-may-do', 'tools').matchAll(/<th scope="row">[^<]*<code>(\w+)<\/code>/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(
    tools,
    allTools().map(({ name }) => name),
  );
  assert.ok(tools.length > 5);
  const listed = [...section('audit', 'categories').matchAll(/<th scope="row"><code>([\w-]+)<\/code>/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(listed, [...categories]);
  const tables = [...pageOf('what-is-stored').matchAll(/data-table="(\w+)"/g)].map(([, name]) => name);
  const schema = readFileSync(projectPath('sql', 'tenant.schema.sql'), 'utf8');
  assert.deepEqual(
    tables,
    [...schema.matchAll(/^create table (?:\w+\.)?(\w+) \(/gm)].map(([, name]) => name),
  );
  const usage = readFileSync(projectPath('src', 'commands', 'main.ts'), 'utf8');
  const commands = [...usage.matchAll(/^ {2}((?:tenants|reports) \w+|migrate)\b/gm)].map(([, name = '']) => name);
  assert.ok(commands.length > 8);
  for (const command of commands) assert.ok(section('running', 'commands').includes(`<code>${command}`), command);
  const template = readFileSync(projectPath('nginx', 'bailiwick.conf.template'), 'utf8').replace(/^\s*#.*$/gm, '');
  const asked = [...new Set([...template.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name))].sort();
  const explained = [...section('installing', 'nginx').matchAll(/<th scope="row"><code>([A-Z_]+)<\/code>/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(explained.sort(), asked);
});

test('the units and the settings of the installation guide name files and variables that are there', () => {
  const installing = wordsOf('installing');
  for (const file of installing.matchAll(/dist\/(src\/\w+)\.js/g))
    assert.ok(readFileSync(projectPath(`${file[1]}.ts`)), file[0]);
  const known = Object.keys(configurationDefaults());
  const set = /<h2 id="settings">[\s\S]*?<pre[^>]*><code>([\s\S]*?)<\/code>/.exec(pageOf('installing'))?.[1] ?? '';
  const names = [...set.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
  assert.ok(names.length > 8);
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
  );
  const { engines } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8'));
  assert.ok(installing.includes(engines.node) && installing.includes(engines.npm));
  assert.equal(goodPassword.length >= said('signing-in', /at least (\d+) characters/), true);
});
