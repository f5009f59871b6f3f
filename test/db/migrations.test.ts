import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { newAuthToken, sealToken } from '../../src/accounts/auth-token.ts';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { MIGRATIONS } from '../../src/db/migrations/all-migrations.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { buildServer } from '../../src/http/server.ts';
import { openLog } from '../../src/kit/log.ts';
import { KeyRing } from '../../src/kit/seal.ts';
import { ROUTES } from '../../src/routes.ts';
import { basic, ENGINES } from '../support/test-app.ts';
import { emptyFolder, emptyPostgresDatabase } from '../support/test-database.ts';

const log = openLog('silent');

for (const engine of ENGINES) {
  const aLocation = engine === 'sqlite' ? emptyFolder : emptyPostgresDatabase;

  suite(`a database of an earlier version (${engine})`, () => {
    test('opens after its migrations with all its data', async () => {
      const { location, drop } = await aLocation();
      try {
        const key = { id: 'k_1', bytes: randomBytes(32) };
        const sid = `AC${'1'.repeat(32)}`;
        const token = newAuthToken(randomBytes);
        const place = { account_sid: sid, slot: 'primary', version: 1 } as const;
        const { digest, sealed } = sealToken(
          new KeyRing([key], randomBytes).sealer(),
          token,
          place,
        );
        const old = await openDatabase(location, log, { until: '0001-foundation' });
        await old.write(async (tx) => {
          await sql`insert into accounts values
          (${sid}, ${sid}, 'Old', 'active', 'Full', 0, null, 1, 1)`.execute(tx);
          await sql`insert into auth_tokens (account_sid, slot, version, digest, sealed, date_created)
          values (${sid}, 'primary', 1, ${digest}, ${sealed}, 1)`.execute(tx);
        });
        await old.close();

        const config = { ...readConfig({ port: '0' }, {}), data: location, secretKeys: [key] };
        const app = await openApp(config, { log });
        const server = buildServer(app, ROUTES);
        const authorization = basic({ username: sid, password: token });
        const url = `/2010-04-01/Accounts/${sid}.json`;
        const reply = await server.inject({ url, headers: { authorization } });
        assert.equal(reply.statusCode, 200, reply.body);
        assert.equal(reply.json().auth_token, token);
        const { rows } = await sql<{ sealed_with: string }>`
        select sealed_with from auth_tokens`.execute(app.database.db);
        assert.deepEqual(
          rows.map(({ sealed_with }) => sealed_with),
          ['k_1'],
        );
        await server.close();
        await app.close();
      } finally {
        await drop();
      }
    });

    test('stays unchanged after a failed migration, and migrates after the repair', async () => {
      const { location, drop } = await aLocation();
      const broken = '9999-broken';
      const migrations = MIGRATIONS as Record<string, unknown>;
      try {
        await (await openDatabase(location, log)).close();
        migrations[broken] = {
          async up(db: Parameters<(typeof MIGRATIONS)[string]['up']>[0]) {
            await db.schema.createTable('half_done').addColumn('x', 'text').execute();
            throw new Error('broken');
          },
        };
        await assert.rejects(openDatabase(location, log), /broken/);
        delete migrations[broken];
        const again = await openDatabase(location, log);
        const tables = await again.db.introspection.getTables();
        assert.ok(!tables.some(({ name }) => name === 'half_done'));
        await again.close();
      } finally {
        delete migrations[broken];
        await drop();
      }
    });
  });
}
