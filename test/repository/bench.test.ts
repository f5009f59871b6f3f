import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import pg from 'pg';
import { openCountingPostgres, openCountingSqlite } from '../../bench/bare-counters.ts';
import { openBarePostgresSender, openBareSqliteSender } from '../../bench/bare-sends.ts';
import { busyShare, selfTimes, sharesByRoom } from '../../bench/cpu-profile.ts';
import { goalsOf } from '../../bench/engine-report.ts';
import { postgresName, SQLITE } from '../../bench/engine-setup.ts';
import { type Line, type Sample, servedSubject } from '../../bench/engine-subjects.ts';
import { makeTenants, newTenants, WORKLOADS } from '../../bench/engine-workloads.ts';
import { newEvent, openData } from '../../bench/metering.ts';
import { openTap, roundTripsOf } from '../../bench/postgres-tap.ts';
import { familyMicroseconds, postmasterOf } from '../../bench/processor-time.ts';
import { startTieline } from '../../bench/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES, onEveryEngine } from '../support/test-app.ts';
import { emptyPostgresDatabase, freshDatabase } from '../support/test-database.ts';

const hasPostgres = ENGINES.includes('postgres');
const PIPELINED = 3;
/** The processor time that a child uses, and the part of it that the count must show at least. */
const CHILD_US = 100_000;
const SHOWN_US = 80_000;
const BRIEFLY_S = 0.2;

/** The address of an empty PostgreSQL database. */
async function emptyPlace() {
  const { location, drop } = await emptyPostgresDatabase();
  assert.ok(location.engine === 'postgres');
  return { url: location.url, drop };
}

if (hasPostgres) {
  suite("the bench's relay to PostgreSQL", () => {
    test('shows statements in order, and counts those that wait for each other', async () => {
      const place = await emptyPlace();
      const tap = await openTap(place.url);
      const client = new pg.Client({ connectionString: tap.url });
      await client.connect();
      await client.query('select 1 as one');
      for (const value of ['a', 'b']) {
        const query = { name: 'two', text: 'select $1::text as two', values: [value] };
        assert.deepEqual((await client.query(query)).rows, [{ two: value }]);
      }
      await client.end();
      tap.close();
      const texts = tap.statements.map(({ text }) => text);
      assert.deepEqual(texts, [
        'select 1 as one',
        'select $1::text as two',
        'select $1::text as two',
      ]);
      assert.equal(roundTripsOf(tap.statements), texts.length);
      assert.ok(
        tap.statements.every(({ sent, answered }) => answered !== null && answered >= sent),
      );
      await place.drop();
    });

    test('counts pipelined statements as one round trip', async () => {
      const place = await emptyPlace();
      const tap = await openTap(place.url);
      const client = new pg.Client({ connectionString: tap.url, pipeline: true });
      await client.connect();
      const numbers = Array.from({ length: PIPELINED }, (_, index) => index);
      await Promise.all(numbers.map((value) => client.query('select $1::int', [value])));
      await client.end();
      tap.close();
      assert.equal(tap.statements.length, PIPELINED);
      assert.equal(roundTripsOf(tap.statements), 1);
      await place.drop();
    });
  });
}

suite("the bench's bare engine", () => {
  const accounts = ['AC1', 'AC2'];

  test('writes a message and a call into an SQLite file', async () => {
    using folder = temporaryFolder();
    const sender = openBareSqliteSender('bare', folder.path, accounts);
    for (const account of accounts) await sender.send('message', account);
    await sender.send('message', 'AC1');
    await sender.send('call', 'AC1');
    await sender.close();
    const meter = openCountingSqlite('bare', folder.path);
    await meter.meter([newEvent('AC2', 1, 0), newEvent('AC1', 1, 0)]);
    await meter.close();
  });

  if (hasPostgres) {
    test('writes the rows of a message and of a call into PostgreSQL', async () => {
      const place = await emptyPlace();
      const sender = await openBarePostgresSender('bare', place.url, accounts);
      await sender.send('message', 'AC1');
      await sender.send('message', 'AC1');
      await sender.send('call', 'AC1');
      await sender.close();
      const counting = await emptyPlace();
      const meter = await openCountingPostgres('bare', counting.url);
      await meter.meter([newEvent('AC2', 1, 0), newEvent('AC1', 1, 0)]);
      await meter.close();
      await counting.drop();
      const client = new pg.Client({ connectionString: place.url });
      await client.connect();
      const { rows } = await client.query(
        `SELECT (SELECT count(*)::int FROM sent) AS sent, (SELECT count(*)::int FROM ledger) AS ledger,
         (SELECT max(count)::int FROM counters) AS counted,
         (SELECT number::int FROM audit_chains WHERE account_sid = 'AC1') AS chain`,
      );
      await client.end();
      assert.deepEqual(rows, [{ sent: 3, ledger: 2, counted: 2, chain: 3 }]);
      await place.drop();
    });
  }
});

if (process.platform === 'linux') {
  suite("the bench's processor time", () => {
    test('includes children that have ended', () => {
      const before = familyMicroseconds(process.pid) ?? 0;
      const burn = `while (process.cpuUsage().user < ${CHILD_US}) {}`;
      spawnSync(process.execPath, ['-e', burn]);
      assert.ok((familyMicroseconds(process.pid) ?? 0) - before >= SHOWN_US);
    });

    if (hasPostgres) {
      test('finds the process above the connections of a PostgreSQL server', async () => {
        const place = await emptyPlace();
        const postmaster = await postmasterOf(place.url);
        assert.ok(postmaster !== null && (familyMicroseconds(postmaster) ?? 0) > 0);
        await place.drop();
      });
    }
  });
}

test("the bench's profile leaves out idle time and adds up equal functions", () => {
  const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 6 });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('act', 'file:///here/src/audit/act.ts') },
      { id: 3, callFrame: frame('visit', 'file:///here/node_modules/kysely/dist/visit.js') },
      { id: 4, callFrame: frame('act', 'file:///here/src/audit/act.ts') },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [4_000, 1_000, 2_000, 1_000],
  };
  assert.equal(busyShare(profile), 0.5);
  assert.deepEqual(selfTimes(profile, 1), [
    { name: 'act', place: 'src/audit/act.ts:7', share: 0.5, ms: 2 },
  ]);
  assert.deepEqual(sharesByRoom(profile), [
    { room: 'src/audit', share: 0.5 },
    { room: 'kysely', share: 0.5 },
  ]);
});

test("the bench's goals compare rounds with their neighbours", () => {
  const [messages] = WORKLOADS;
  assert.ok(messages);
  const line = (name: string, rates: readonly number[], cpu: number): Line => {
    const samples = rates.map((perSecond): Sample => {
      const none = { p50: null, p99: null, failures: 0, loadShare: 0 };
      return { ...none, perSecond, productCpu: cpu, postgresCpu: cpu };
    });
    const engine = name === SQLITE ? 'SQLite' : 'PostgreSQL';
    const work = { does: () => true, run: () => Promise.reject(), close: async () => {} };
    const subject = { name, engine, ...work } as const;
    return { workload: messages, subject, samples };
  };
  const goals = goalsOf([
    line(SQLITE, [2_000, 200, 0], 1),
    line(postgresName(), [1_200, 100, 300], 10),
    line(postgresName({ processes: 2 }), [1_200, 100, 300], 11),
  ]);
  const values = new Map(goals.map(({ what, value }) => [what, value]));
  assert.equal(values.get('messages, PostgreSQL to SQLite'), 0.55);
  assert.equal(values.get('messages, PostgreSQL, one process'), 300);
  assert.equal(values.get('processor time of a message, 2 processes to 1'), 1.1);
  assert.equal(values.get('single events, PostgreSQL to the bare engine'), null);
});

onEveryEngine("the bench's workloads", (engine) => {
  test('are taken by a server without a refusal', async (t) => {
    // This process makes the accounts and another serves them, so both need the key.
    const before = process.env['TIELINE_SECRET_KEY'];
    process.env['TIELINE_SECRET_KEY'] = randomBytes(32).toString('base64');
    t.after(() => {
      if (before === undefined) delete process.env['TIELINE_SECRET_KEY'];
      else process.env['TIELINE_SECRET_KEY'] = before;
    });
    const { location, drop } = await freshDatabase(engine);
    assert.ok(location.engine !== 'memory');
    const place = location.engine === 'postgres' ? location.url : location.folder;
    const tenants = newTenants(2);
    const app = await openData(place);
    await makeTenants(app, tenants);
    await app.close();
    const [first] = tenants;
    assert.ok(first);
    const server = await startTieline('smoke', place, first.login);
    const about = { name: SQLITE, engine: 'SQLite' } as const;
    const subject = servedSubject(about, [server], tenants, { postmaster: null });
    for (const workload of WORKLOADS.filter(({ isHot }) => !isHot)) {
      const { failures } = await subject.run(workload, BRIEFLY_S);
      assert.equal(failures, 0, workload.id);
    }
    await subject.close();
    await drop();
  });
});
