import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import type { DataLocation } from '../../src/config.ts';
import { ENGINES, testApp } from '../support/test-app.ts';
import { asAdministrator, freshDatabase } from '../support/test-database.ts';

/** The statements of the documentation for the operator, with a role of this test. */
function statementsFor(role: string, password: string): string {
  const text = readFileSync('docs/security/connections.md', 'utf8');
  const [, block = ''] = /```sql\n([^`]+)```/.exec(text) ?? [];
  assert.match(block, /CREATE ROLE tieline/);
  return block.replaceAll('tieline', role).replace('…', password);
}

async function asOwner(url: string, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}

suite('a role of PostgreSQL that may only read and write rows', () => {
  if (!ENGINES.includes('postgres')) return;
  test('is enough for a server when the schema exists', async () => {
    const owned = await freshDatabase('postgres');
    const { url } = owned.location as Extract<DataLocation, { engine: 'postgres' }>;
    const role = `tieline_role_${randomBytes(8).toString('hex')}`;
    const limited = new URL(url);
    limited.username = role;
    limited.password = randomBytes(16).toString('hex');
    await asOwner(url, statementsFor(role, limited.password));
    try {
      const data = { engine: 'postgres', url: limited.href } as const;
      await using app = await testApp({ engine: 'postgres', config: { data } });
      const account = await app.anAccount();
      const login = { username: account.sid, password: account.auth_token };
      const made = await app.post('/v1/ConnectionPolicies', login, { FriendlyName: 'Mine' });
      assert.equal(made.status, 201);
      assert.equal((await app.get(`/v1/ConnectionPolicies/${made.json.sid}`, login)).status, 200);
      await app.deliver();
      const change = sql`create table of_nobody (sid text)`.execute(app.app.database.db);
      await assert.rejects(change, /permission denied/);
    } finally {
      await owned.drop();
      await asAdministrator(`DROP ROLE ${role}`);
    }
  });
});
