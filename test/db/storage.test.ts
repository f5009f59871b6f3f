import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { CompiledQuery, Kysely } from 'kysely';
import { newAuthToken } from '../../src/accounts/auth-token.ts';
import { fetchPage } from '../../src/db/keyset.ts';
import { migrate } from '../../src/db/migrate.ts';
import { SEALED_TABLES } from '../../src/db/sealed-row-store.ts';
import { sqliteDialect } from '../../src/db/sqlite.ts';
import { ALL_TABLES, TABLE_NAMES } from '../../src/db/tables/all-tables.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { ROUTES } from '../../src/routes.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { aTenant, pathOf, validForm } from '../support/tenant.ts';
import { loginOf, onEveryStorage, type TestApp, testApp } from '../support/test-app.ts';

type Rows = Record<string, unknown>[];

async function everyRow(app: TestApp): Promise<Record<string, Rows>> {
  const db = app.app.database.db as unknown as Kysely<Record<string, Record<string, unknown>>>;
  const rows: Record<string, Rows> = {};
  for (const table of TABLE_NAMES) rows[table] = await db.selectFrom(table).selectAll().execute();
  return rows;
}

onEveryStorage('the database', (engine) => {
  test('holds no token and no secret that could be read', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const secrets = [
      tenant.account.auth_token,
      tenant.guest.password,
      tenant.standardKey.password,
      tenant.mainKey.password,
    ];
    const stored = JSON.stringify(await everyRow(app));
    for (const secret of secrets) {
      assert.ok(!stored.includes(secret));
      assert.ok(!stored.includes(Buffer.from(secret).toString('base64url').slice(0, 40)));
    }
    assert.ok(!app.logLines.join('').includes(tenant.account.auth_token));
  });

  test('has an entry in the audit log for every write, with the change and the actor', async () => {
    await using app = await testApp({ engine });
    const writes = ROUTES.endpoints.filter((endpoint) => endpoint.method !== 'GET');
    for (const endpoint of writes) {
      const tenant = await aTenant(app);
      const { sid } = tenant.account;
      const before = await listAuditEvents(app.app.database.db, sid, 1_000);
      const path = pathOf(endpoint, tenant);
      const reply = await app.request(endpoint.method, path, {
        login: loginOf(tenant.account),
        ...(endpoint.method === 'POST' && { form: validForm(endpoint) }),
      });
      assert.equal(reply.status, endpoint.status, `${endpoint.id}: ${reply.text}`);
      const after = await listAuditEvents(app.app.database.db, sid, 1_000);
      const added = after.filter(({ sid: event }) => !before.some((old) => old.sid === event));
      const written = added.filter(({ actor_sid }) => actor_sid === sid);
      assert.equal(written.length, 1, endpoint.id);
      assert.equal(written[0]?.actor_kind, 'account');
      assert.match(written[0]?.action ?? '', /^[a-z_]+\.[a-z]+$/);
    }
  });

  test('refuses to part a row from the rows that it names', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const { target_sid } = await aTenant(app);
    const orphaned = {
      account_sid: app.app.newSid('AC'),
      connection_policy_sid: app.app.newSid('NY'),
    };
    for (const [column, sid] of Object.entries(orphaned)) {
      const change = { [column]: sid };
      const written = database.write((tx) =>
        tx
          .updateTable('connection_policy_targets')
          .set(change)
          .where('sid', '=', target_sid)
          .execute(),
      );
      await assert.rejects(written, /foreign key/i, column);
    }
    const { connection_policy_sid } = await database.db
      .selectFrom('connection_policy_targets')
      .select('connection_policy_sid')
      .where('sid', '=', target_sid)
      .executeTakeFirstOrThrow();
    const parted = database.write((tx) =>
      tx.deleteFrom('connection_policies').where('sid', '=', connection_policy_sid).execute(),
    );
    await assert.rejects(parted, /foreign key/i);
  });

  test('names the grant in every row that an app made', async () => {
    await using app = await testApp({ engine });
    const { guest } = await aTenant(app);
    const creates = ROUTES.endpoints.filter(({ kind }) => kind === 'create');
    let made = 0;
    for (const endpoint of creates) {
      const path = endpoint.path.replace(':ConnectionPolicySid', 'NY');
      if (!path.startsWith('/v1/') || path.includes('/NY/')) continue;
      const reply = await app.post(path, guest, validForm(endpoint));
      assert.equal(reply.status, 201);
      const rows = Object.values(await everyRow(app)).flat();
      const row = rows.find(({ sid }) => sid === reply.json.sid);
      assert.match(String(row?.['created_by_grant']), /^GR/);
      made += 1;
    }
    assert.ok(made >= 2);
  });

  test('has a column for the grant in every table in which a principal can make rows', async () => {
    await using app = await testApp({ engine });
    const tables = await app.app.database.db.introspection.getTables();
    const ofOthers = new Set([
      'audit_chains',
      'audit_events',
      'auth_tokens',
      'balance_credits',
      'carrier_refs',
      'carrier_tasks',
      'connect_app_logos',
      'connect_apps',
      'credential_places',
      'delivery_attempts',
      'grant_uses',
      'grants',
      'interactions',
      'leg_owners',
      'legs',
      'memberships',
      'message_opt_outs',
      'messaging_services',
      'one_time_links',
      'passwords',
      'people',
      'recovery_codes',
      'known_networks',
      'second_factors',
      'security_events',
      'sessions',
      'sign_in_failures',
      'sealing',
      'sealing_keys',
      'processes',
      'settings',
      'snapshots',
      'stock_numbers',
      'test_credentials',
      'timeline',
      'twiml_cookies',
      'usage_counters',
      'usage_rates',
      'usage_trigger_fires',
    ]);
    for (const { name, columns } of tables) {
      const has = columns.some((column) => column.name === 'created_by_grant');
      assert.equal(has, !ofOthers.has(name), name);
    }
    assert.deepEqual(
      tables.map(({ name }) => name).toSorted(),
      Object.keys(ALL_TABLES).toSorted(),
      'src/db/tables/all-tables.ts lists every table',
    );
    assert.deepEqual(
      tables
        .filter(({ columns }) => columns.some(({ name }) => name === 'sealed_with'))
        .map(({ name }) => name)
        .toSorted(),
      SEALED_TABLES.toSorted(),
      'src/db/sealed-row-store.ts lists every table with sealed values',
    );
  });
});

suite('a data folder', () => {
  test('holds no secret in any of its files, the log of writes included', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tieline-'));
    try {
      const data = { engine: 'sqlite', folder } as const;
      await using app = await testApp({ engine: 'sqlite', config: { data, secretKeys: null } });
      const auth_token = newAuthToken(app.app.randomBytes);
      const body = { friendly_name: 'CANARY', auth_token };
      const made = await app.control('POST', '/accounts', body);
      assert.equal(made.status, 201);
      const secrets = [auth_token, made.json.test_auth_token as string];
      const names = readdirSync(folder);
      assert.ok(names.includes('tieline.db-wal'), names.join());
      for (const name of names) {
        const content = readFileSync(join(folder, name));
        assert.ok(!secrets.some((secret) => content.includes(secret)), name);
      }
      assert.ok(readFileSync(join(folder, 'tieline.db-wal')).includes('CANARY'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('reads page 10,000 of a list like the first, by its index and without sorting', async () => {
    const run: CompiledQuery[] = [];
    const db = new Kysely<Tables>({
      dialect: sqliteDialect(':memory:'),
      log: (event) => void run.push(event.query),
    });
    await migrate(db, 'sqlite');
    const position = { date_created: 1, sid: 'CN' };
    for (const from of [null, { direction: 'after', position }] as const) {
      const list = db.selectFrom('connect_apps').selectAll().where('account_sid', '=', 'AC');
      await fetchPage(list, { page: from ? 9_999 : 0, page_size: 50, from });
      const query = run.at(-1) as CompiledQuery;
      const explain = CompiledQuery.raw(`explain query plan ${query.sql}`, [...query.parameters]);
      const plan = JSON.stringify((await db.executeQuery(explain)).rows);
      assert.match(plan, /USING INDEX connect_apps_by_account/);
      assert.doesNotMatch(plan, /TEMP B-TREE|SCAN/);
      if (from) assert.match(plan, /account_sid=\? AND \(date_created,sid\)<\(\?,\?\)/);
    }
    await db.destroy();
  });
});
