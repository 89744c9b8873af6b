import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { updateTask } from '../../../src/features/tasks/actions.js';
import { commentTask } from '../../../src/features/tasks/entries/actions.js';
import { createLabel } from '../../../src/features/tasks/labels/actions.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { acme, alice, globex, home, server } from './opened.js';
import { newTask, rowsOf } from './stage.js';

describe('what is written is sealed and shown as text (AG-12)', () => {
  test('no column of the database holds a word that somebody wrote', async () => {
    const word = 'Xylophonist';
    const label = await createLabel(acme.context, { name: `${word} label`, colour: 'grey' });
    const id = await newTask(acme.context, { title: `${word} title`, description: `${word} words`, labels: [label] });
    await commentTask(acme.context, id, `${word} comment`);
    await updateTask(acme.context, id, { seen: 1, changes: { title: `${word} again` } });
    for (const table of ['tasks', 'labels', 'task_entries', 'task_labels', 'audit_events']) {
      const { rows } = await server.database.admin.query(`select t::text as row from ${acme.tenantId}.${table} t`);
      const readable = Buffer.from(word).toString('hex');
      for (const { row } of rows) assert.ok(!new RegExp(`${word}|${readable}`, 'i').test(row), `${table}: ${row}`);
    }
    await assert.rejects(
      inTenant(globex.context, 'tasks.read', async (db) => {
        const [row] = await rowsOf(server, acme, 'tasks', `id = '${id}'`);
        assert.ok(row?.title instanceof Buffer);
        return db.openText('tasks.title', id, row.title);
      }),
    );
  });

  test('markup in titles, descriptions, comments and labels does nothing, in lists, boards, forms and pages', async () => {
    const attack = `"><img src=x onerror=alert(1)><script>alert(1)</script>`;
    const label = await createLabel(acme.context, { name: '<img src=x onerror=a()>', colour: 'grey' });
    const description = `${attack}\n\n[x](javascript:alert(1)) ![y](https://evil.example/y.png)`;
    const id = await newTask(acme.context, { title: attack, description, labels: [label] });
    await commentTask(acme.context, id, description);
    await updateTask(acme.context, id, { seen: 1, changes: { title: `${attack} again` } });
    const pages = ['', '/board', `/${id}`, `/${id}/edit`, `/${id}/place`, `/${id}/deletion`, '/labels', '?q=alert'];
    for (const path of pages) {
      const { text, status } = await alice().get(`${home}${path}`);
      assert.equal(status, 200, path);
      assert.doesNotMatch(text, /<img|<script>|href="javascript|src="https/i, path);
    }
  });
});
