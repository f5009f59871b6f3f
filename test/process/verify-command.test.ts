import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import pg from 'pg';
import type { Engine } from '../../src/db/database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENGINES } from '../support/test-app.ts';
import {
  makeData,
  type RunningTieline,
  runTieline,
  type Surroundings,
  startTieline,
} from '../support/tieline-process.ts';
import { newPlace } from './place.ts';

const EVENTS = [
  { category: 'sms-outbound-longcode', price: '0.0079', key: 'first' },
  { category: 'sms-inbound', count: 2, price: '0.015', key: 'second' },
  { category: 'sms', price: '-0.005', reason: 'Charged twice.', key: 'third' },
];

async function meter(server: RunningTieline): Promise<void> {
  const account_sid = server.developer.username;
  const reply = await server.fetch('/_tieline/usage', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(EVENTS.map((event) => ({ account_sid, ...event }))),
  });
  assert.equal(reply.status, 200, await reply.text());
}

/** Changes the data behind the product's back. */
async function change(engine: Engine, data: string, cwd: string, statement: string) {
  if (engine === 'sqlite') {
    const database = new DatabaseSync(join(cwd, data, 'tieline.db'), { timeout: 5_000 });
    database.exec(statement);
    database.close();
    return;
  }
  const client = new pg.Client({ connectionString: data });
  await client.connect();
  await client.query(statement);
  await client.end();
}

for (const engine of ENGINES) {
  suite(`verify and usage explain, beside a running server (${engine})`, () => {
    test('find no fault, and then name the counter that is one too high', async () => {
      using folder = temporaryFolder();
      await using place = await newPlace(engine, 'data');
      const at = { cwd: folder.path, env: { TIELINE_DATA: place.data } };
      await using server = await startTieline([], at);
      const { checked: begun } = JSON.parse((await runTieline(['verify', '--json'], at)).stdout);
      await meter(server);
      const sid = server.developer.username;

      const well = await runTieline(['verify'], at);
      assert.equal(well.stderr, '');
      assert.match(
        well.stdout,
        new RegExp(
          `^Checked in \\d+\\.\\d s: accounts 2, events ${begun.events + EVENTS.length}, ` +
            `counters ${begun.counters + 20}, grants 0, .*\\.\nEverything agrees\\.\n$`,
        ),
      );
      assert.equal(well.status, 0);

      const record = ['usage', 'explain', '--account-sid', sid, '--category', 'sms'];
      const explained = await runTieline(record, at);
      assert.equal(explained.stderr, '');
      assert.match(
        explained.stdout,
        /^at +account_sid +category +count +usage +price +key +reason\n[^]*\nsms from 20\d\d-\d\d-\d\d to 20\d\d-\d\d-\d\d, subaccounts included: 3 events, count 3, usage 3, price 0\.0179\.\nThe usage record says the same\.\n$/,
      );
      assert.match(
        explained.stdout,
        /\n20\S+Z +AC\w{32} +sms +0 +0 +-0\.005 +third +Charged twice\.\n/,
      );
      assert.equal(explained.status, 0);

      const where = `root_sid = '${sid}' and scope = 'own' and period = 'a' and category = 'sms'`;
      await change(
        engine,
        place.data,
        folder.path,
        `update usage_counters set count = count + 1 where ${where}`,
      );
      const off = await runTieline(['verify'], at);
      assert.match(
        off.stdout,
        new RegExp(
          `\nI2  ${sid}  The counter sms, own, of the time since 1970-01-01: the ledger says ` +
            'count 3, usage 3, price 0\\.0179; the counter says count 4, usage 3, price 0\\.0179\\.\n' +
            '1 difference\\.\n$',
        ),
      );
      assert.deepEqual([off.stderr, off.status], ['', 1]);

      const json = await runTieline(['verify', '--json'], at);
      const { differences, found, checked, duration_ms } = JSON.parse(json.stdout);
      assert.deepEqual([json.status, found, checked.events], [1, 1, begun.events + EVENTS.length]);
      assert.ok(duration_ms > 0);
      assert.equal(differences[0].account_sid, sid);
      assert.deepEqual(differences[0].counter, {
        category: 'sms',
        scope: 'own',
        period: 'a',
        start_date: '1970-01-01',
        ledger: { count: '3', usage: '3', price: '0.0179' },
        counter: { count: '4', usage: '3', price: '0.0179' },
      });

      await change(engine, place.data, folder.path, "delete from usage_events where key = 'third'");
      const other = await runTieline([...record, '--own', '--json'], at);
      const { is_same, sum, record: shown, events } = JSON.parse(other.stdout);
      assert.deepEqual(
        [other.status, is_same, sum.price, shown.price],
        [1, false, '0.0229', '0.0179'],
      );
      assert.deepEqual(
        events.map(({ key }: { key: string }) => key),
        ['first', 'second'],
      );
    });
  });
}

suite('a wrong call of verify or usage explain is answered with the way out', {
  concurrency: 4,
}, () => {
  const SID = `AC${'0'.repeat(32)}`;
  const OF = `usage explain --account-sid ${SID}`;
  const WRONG: readonly (readonly [string, RegExp])[] = [
    ['verify --data nowhere', /^tieline: There is no data in nowhere; .*--data\.$/m],
    ['usage', /Usage: tieline usage [^]*explain/],
    ['usage explain --category sms', /required option '--account-sid <sid>' not specified/],
    [
      `${OF} --category sms`,
      /^tieline: There is no account AC0+; tieline accounts list has all\.$/m,
    ],
    [`${OF} --category fax`, /^tieline: --category: there is no usage category "fax"\.$/m],
  ];
  for (const [line, sentence] of WRONG) {
    test(`tieline ${line}`, async () => {
      using folder = temporaryFolder();
      const at = { cwd: folder.path };
      if (line.includes(SID)) await anAccount(at);
      assertWrong(await runTieline(line.split(' '), at), sentence);
    });
  }

  test('usage explain with days that do not exist, or in the wrong order', async () => {
    using folder = temporaryFolder();
    const at = { cwd: folder.path };
    const sid = await anAccount(at);
    const of = ['usage', 'explain', '--account-sid', sid, '--category', 'sms'];
    const noDay = await runTieline([...of, '--start-date', '2027-02-29'], at);
    assertWrong(
      noDay,
      /^tieline: --start-date must be a date in the form YYYY-MM-DD, or an offset/m,
    );
    const days = ['--start-date', '2026-03-02', '--end-date', '2026-03-01'];
    assertWrong(
      await runTieline([...of, ...days], at),
      /^tieline: --end-date must not be before --start-date\.$/m,
    );
  });
});

async function anAccount(at: Surroundings): Promise<string> {
  await makeData(at);
  const { stdout } = await runTieline(['accounts', 'create', '--friendly-name', 'First'], at);
  return /AC\w{32}/.exec(stdout)?.[0] ?? '';
}

function assertWrong(result: Awaited<ReturnType<typeof runTieline>>, sentence: RegExp): void {
  assert.match(result.stderr, sentence);
  assert.doesNotMatch(result.stderr, /^ +at /m);
  assert.deepEqual([result.stdout, result.status], ['', 2]);
}
