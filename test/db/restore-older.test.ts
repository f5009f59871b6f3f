import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { openPrimaryToken } from '../../src/accounts/open-primary-token.ts';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { fetchSealing } from '../../src/db/sealing-key-store.ts';
import { backUp, restore } from '../../src/db/whole/backup.ts';
import { openLog } from '../../src/kit/log.ts';
import { aLivelyWorld } from '../support/lively-world.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { aReceivedMessage } from '../support/tenant.ts';
import { ENGINES, testApp } from '../support/test-app.ts';
import { emptyFolder, emptyPostgresDatabase } from '../support/test-database.ts';
import { someCalls } from '../support/things-of-calls.ts';
import { findWrongRoots } from './wrong-roots.ts';

async function indexesOf({ db, engine }: Database): Promise<unknown> {
  const found =
    engine === 'postgres'
      ? sql`select indexdef from pg_indexes where schemaname = current_schema() order by 1`
      : sql`select sql from sqlite_master where type = 'index' and sql is not null order by 1`;
  const { rows } = await found.execute(db);
  assert.ok(rows.length > 20);
  return rows;
}

const log = openLog('silent');
const aKey = (id: string) => ({ id, bytes: randomBytes(32) });

for (const engine of ENGINES) {
  suite(`a backup (${engine})`, () => {
    test('of an older schema is brought up to date and read with its old key', async () => {
      using folder = temporaryFolder();
      const file = folder.at('older.bak');
      const old = aKey('old');
      await using app = await testApp({ engine, config: { secretKeys: [old] } });
      const { main: account, sub } = await aLivelyWorld(app);
      await someCalls(app, sub.sid);
      await aReceivedMessage(app, sub.sid);
      await backUp(app.app.database, file);
      makeOlder(file);
      await using place = await somewhere();
      await restore(place.location, file, log);
      const config = { ...readConfig({ port: '0' }, {}), data: place.location };
      const openWith = (...secretKeys: (typeof old)[]) =>
        openApp({ ...config, secretKeys }, { log });
      const next = aKey('next');
      await assert.rejects(openWith(next), /was sealed with a secret key named "old"/);
      const again = await openWith(next, old);
      const { db } = again.database;
      assert.equal((await fetchSealing(db))?.key_id, 'old');
      assert.equal(await openPrimaryToken(again, db, account.sid), account.auth_token);
      assert.deepEqual(await findWrongRoots(db), []);
      await again.close();
    });

    test('is restored with every index that a new database has', async () => {
      using folder = temporaryFolder();
      const file = folder.at('now.bak');
      await using app = await testApp({ engine });
      await backUp(app.app.database, file);
      await using place = await somewhere();
      await restore(place.location, file, log);
      const restored = await openDatabase(place.location, log, { readonly: true });
      assert.deepEqual(await indexesOf(restored), await indexesOf(app.app.database));
      await restored.close();
    });

    test('holds no process, and is restored only when none runs', async () => {
      using folder = temporaryFolder();
      const file = folder.at('now.bak');
      await using app = await testApp({ engine });
      await backUp(app.app.database, file);
      assert.doesNotMatch(gunzipSync(readFileSync(file)).toString(), /"table":"processes"/);
      if (engine !== 'postgres') return;
      await assert.rejects(
        restore(app.app.config.data, file, log),
        new RegExp(`process ${process.pid} on \\S+ runs on this database: stop it first`),
      );
    });
  });

  async function somewhere() {
    const place = await (engine === 'sqlite' ? emptyFolder() : emptyPostgresDatabase());
    return { ...place, [Symbol.asyncDispose]: place.drop };
  }
}

/** Tables, and columns of other tables, that an older version did not have. */
const NEWER_TABLES = new Set([
  'sealing',
  'known_networks',
  'credential_places',
  'security_events',
  'audit_chains',
]);
const NEWER_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  audit_events: ['number', 'previous'],
  people: ['date_disabled'],
  byoc_trunks: ['url_grants'],
  accounts: ['max_messages_per_second', 'max_calls_per_second', 'max_calls_at_once', 'countries'],
  grants: ['countries', 'date_ends'],
  messages: ['carrier_cost_micro', 'carrier_cost_currency'],
};
/** The tables that had `root_sid` in that version. All others got it later. */
const HAD_ROOT = new Set(['usage_events', 'usage_counters', 'usage_triggers']);

/** Rewrites the backup as an older version wrote it, which did not name the sealing key. */
function makeOlder(file: string): void {
  const [, ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n').slice(0, -1);
  const rows = lines
    .map((line): { table: string; row: Record<string, unknown> } => JSON.parse(line))
    .filter(({ table }) => !NEWER_TABLES.has(table))
    .map(({ table, row }) => {
      const newer = NEWER_COLUMNS[table] ?? [];
      const kept = Object.entries(row).filter(
        ([name]) => !newer.includes(name) && (name !== 'root_sid' || HAD_ROOT.has(table)),
      );
      return { table, row: Object.fromEntries(kept) };
    });
  const header = { format: 'tieline-backup', schema: '0011-twiml-cookies' };
  const older = [header, ...rows, { rows: rows.length }].map((line) => JSON.stringify(line));
  writeFileSync(file, gzipSync(`${older.join('\n')}\n`));
}
