import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { absentListEndpoints } from '../../src/absent/absent-list-endpoints.ts';
import { ROUTES } from '../../src/routes.ts';
import { aTenant, pathOf, type Tenant, validForm } from '../support/tenant.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

interface Below {
  readonly table: string;
  /** The column that names the thing above. */
  readonly column: string;
  readonly above: (tenant: Tenant) => string;
  readonly sid: (tenant: Tenant) => string;
}

/** The lists below one thing of an account, by their paths. A new list needs a line. */
const LISTS: Readonly<Record<string, Below>> = {
  '/v1/ConnectionPolicies/:ConnectionPolicySid/Targets': {
    table: 'connection_policy_targets',
    column: 'connection_policy_sid',
    above: ({ policy_sid }) => policy_sid,
    sid: ({ target_sid }) => target_sid,
  },
  '/2010-04-01/Accounts/:AccountSid/Messages/:MessageSid/Media': {
    table: 'message_media',
    column: 'message_sid',
    above: ({ message_sid }) => message_sid,
    sid: ({ media_sid }) => media_sid,
  },
  '/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Recordings': {
    table: 'recordings',
    column: 'call_sid',
    above: ({ live_call_sid }) => live_call_sid,
    sid: ({ recording_sid }) => recording_sid,
  },
  '/2010-04-01/Accounts/:AccountSid/Recordings/:RecordingSid/Transcriptions': {
    table: 'transcriptions',
    column: 'recording_sid',
    above: ({ recording_sid }) => recording_sid,
    sid: ({ transcription_sid }) => transcription_sid,
  },
};

/** All of them, without the lists that are always empty. */
const lists = ROUTES.endpoints.filter(
  (endpoint) =>
    endpoint.kind === 'list' &&
    /:(?!AccountSid)\w+Sid\//.test(endpoint.path) &&
    !absentListEndpoints.includes(endpoint),
);

/**
 * Puts a thing of one tenant below a thing of another, as damaged data or a wrong write would.
 * PostgreSQL's foreign keys refuse some of these rows, so the table loses its keys first.
 */
async function putBelow({ app }: TestApp, { table, column }: Below, sid: string, above: string) {
  await app.database.write(async (tx) => {
    if (app.database.engine === 'postgres') {
      const keys = sql<{ name: string }>`select conname as name from pg_constraint
        where contype = 'f' and conrelid = cast(${table} as regclass)`;
      for (const { name } of (await keys.execute(tx)).rows) {
        await sql`alter table ${sql.table(table)} drop constraint ${sql.ref(name)}`.execute(tx);
      }
    }
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${above}
      where sid = ${sid}`.execute(tx);
  });
}

onEveryEngine('a list below one thing of an account', (engine) => {
  test('is known to this test', () => {
    assert.deepEqual(lists.map(({ path }) => path).toSorted(), Object.keys(LISTS).toSorted());
  });

  for (const endpoint of lists) {
    test(`${endpoint.id} and the paths below it never show a thing of another account`, async () => {
      await using app = await testApp({ engine });
      const [own, other] = [await aTenant(app), await aTenant(app)];
      const below = LISTS[endpoint.path];
      assert.ok(below);
      const foreign = below.sid(other);
      await putBelow(app, below, foreign, below.above(own));
      const login = loginOf(own.account);
      const path = pathOf(endpoint, own);
      const list = await app.get(path, login);
      assert.equal(list.status, 200, list.text);
      assert.ok(!list.text.includes(foreign), list.text);
      for (const inner of ROUTES.endpoints) {
        if (inner.path !== `${endpoint.path}/:Sid`) continue;
        const { method } = inner;
        const one = path.replace(/(?=\.json$)|(?<!\.json)$/, `/${foreign}`);
        const reply = await app.request(method, one, {
          login,
          ...(method === 'POST' && { form: validForm(inner) }),
        });
        assert.equal(reply.status, 404, `${method} ${one}: ${reply.text}`);
      }
    });
  }
});
