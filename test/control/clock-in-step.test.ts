import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../src/app.ts';
import { clockStatus, moveClockOf, statusLines } from '../../src/cli/operate/operate-clock.ts';
import { followClock } from '../../src/control/follow-clock.ts';
import { putClockInStep } from '../../src/control/put-clock-in-step.ts';
import { fetchDatedLater } from '../../src/db/dated-store.ts';
import { WORLD_TABLES } from '../../src/db/tables/all-tables.ts';
import { lengthText } from '../../src/kit/clock.ts';
import { recordForPerson } from '../../src/people/record-for-person.ts';
import { aPerson, Browser, signedIn } from '../support/browser.ts';
import { aConsoleWorld, addressOf, PAGES } from '../support/console-world.ts';
import { digestOfData } from '../support/digest.ts';
import {
  asSystem,
  ENGINES,
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const DAY = 86_400_000;
const CLOCK = '/console/clock';
const BANNER =
  /<aside class="devstrip moved" aria-label="Clock">[\s\S]*?40 days ahead of real time/;
const iso = (ms: number) => new Date(ms).toISOString();

const told = async (app: TestApp) => (await app.control('GET', '/clock')).json;
const inStep = (app: TestApp) => app.control('POST', '/clock', { in_step: true });
const advance = (app: TestApp, by: string) => app.control('POST', '/clock', { advance: by });

/** The tables with a date later than a moment, found by a look at every row. */
async function tablesLaterThan(app: TestApp, moment: number): Promise<string[]> {
  const found: string[] = [];
  for (const table of WORLD_TABLES) {
    const rows: object[] = await app.app.database.db.selectFrom(table).selectAll().execute();
    const isLater = rows.some((row) =>
      Object.entries(row).some(
        ([name, value]) =>
          name.startsWith('date_') && !/next|expires/.test(name) && Number(value) > moment,
      ),
    );
    if (isLater) found.push(table);
  }
  return found.toSorted();
}

onEveryEngine('a clock that was moved', (engine) => {
  test('says so, and returns to real time when nothing has a later date', async () => {
    await using app = await testApp({ engine });
    const unmoved = { real_time: iso(START_OF_TIME), moved: false, ahead_ms: 0 };
    assert.deepEqual(await told(app), { now: iso(START_OF_TIME), ...unmoved });
    const account = await app.anAccount();
    await advance(app, '1500ms');
    assert.deepEqual(await told(app), {
      now: iso(START_OF_TIME + 1_500),
      real_time: iso(START_OF_TIME),
      moved: true,
      ahead_ms: 1_500,
    });
    const back = await inStep(app);
    assert.equal(back.status, 200, back.text);
    assert.equal(back.json.now, iso(START_OF_TIME));
    assert.deepEqual(await told(app), { now: iso(START_OF_TIME), ...unmoved });
    const before = await digestOfData(app.app);
    assert.equal((await inStep(app)).status, 200);
    assert.equal(await digestOfData(app.app), before, 'in step already');
    assert.equal((await app.anAccount()).date_created, START_OF_TIME);
    await advance(app, '1d');
    assert.equal((await told(app)).now, iso(START_OF_TIME + DAY), 'it can be moved again');
    const path = `/2010-04-01/Accounts/${account.sid}.json`;
    await app.post(path, loginOf(account), { FriendlyName: 'Renamed' });
    const changed = (await inStep(app)).json.error;
    assert.match(changed, /: accounts: 1 row, the latest of 2026-03-19T/, 'what is older changed');
  });

  test('stays ahead of everything with a later date, and names it', async () => {
    await using app = await testApp({ engine });
    await advance(app, '40d');
    await aConsoleWorld(app);
    const { db } = app.app.database;
    assert.deepEqual(
      await fetchDatedLater(db, app.app.now()),
      [],
      'what is due is not dated later',
    );
    const later = await tablesLaterThan(app, START_OF_TIME);
    assert.ok(later.length > 15, later.join());
    const before = await digestOfData(app.app);
    const refused = await inStep(app);
    assert.equal(refused.status, 409);
    const { error } = refused.json as { error: string };
    assert.match(
      error,
      /^The clock stays ahead, because this is dated later than real time, 2026-03-18T/,
    );
    const named = [...error.matchAll(/(\w+): \d+ rows?, the latest of 2026-04-27T/g)];
    const tables = named.map(([, table = '']) => table);
    assert.deepEqual(tables.toSorted(), later);
    assert.equal(await digestOfData(app.app), before);
    assert.equal((await told(app)).now, iso(START_OF_TIME + 40 * DAY));
    app.advance(41 * DAY);
    const caught = await inStep(app);
    assert.equal(caught.status, 200, 'real time has caught up');
    assert.equal(caught.json.now, iso(START_OF_TIME + 41 * DAY));
  });

  test('leaves nothing with a later date, although things are made at the same moment', async () => {
    await using app = await testApp({ engine });
    for (let round = 0; round < 5; round += 1) {
      await advance(app, '1d');
      // Queued one after the other, they share a commit.
      await Promise.allSettled([putClockInStep(app.app), app.anAccount()]);
      const { moved } = await told(app);
      const later = await fetchDatedLater(app.app.database.db, app.app.clock.wall());
      assert.equal(moved, later.length > 0, JSON.stringify(later));
      app.advance(2 * DAY);
      assert.equal((await inStep(app)).status, 200);
    }
  });

  test('is shown on every page, also to visitors', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    const stranger = new Browser(app);
    const paths = PAGES.filter(({ show }) => show).map((page) => addressOf(page, world));
    const visited = async () => {
      const visits = [];
      for (const path of [...paths, '/console/nothing']) {
        visits.push(
          { path, ...(await browser.get(path)) },
          { path, ...(await stranger.get(path)) },
        );
      }
      return visits.filter(({ headers }) => headers['content-type']?.startsWith('text/html'));
    };
    for (const { path, text } of await visited()) {
      assert.doesNotMatch(text, /class="devstrip moved"/, path);
    }
    await advance(app, '40d');
    const shown = await visited();
    assert.ok(shown.length > 60, String(shown.length));
    for (const { path, text } of shown) assert.match(text, BANNER, path);
    for (const path of ['/login', `/authorize/${world.connect_app.sid}`, '/console/nothing']) {
      assert.ok(
        shown.some((one) => one.path === path),
        path,
      );
    }
  });

  test('can be moved and put back in the console, even when it hinders signing in', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const person = await aPerson(app, account);
    const browser = await signedIn(app, person);
    const open = () => browser.get(CLOCK);
    const move = async (form: Record<string, string>) => browser.submit(await open(), CLOCK, form);
    assert.match((await open()).text, /The clock goes by real time/);
    for (const [form, rule] of [
      [{ advance: '-1d' }, /By must be a length of time as 1d/],
      [{ advance: '' }, /By must be a length of time/],
      [{ set: 'tomorrow' }, /To must be a time such as 2026/],
      [{ set: '2026-03-18T00:00:00Z' }, /must not be earlier than now/],
      [{}, /To must be a time such as/],
    ] as const) {
      const refused = await move({ ...form });
      assert.equal(refused.status, 400, JSON.stringify(form));
      assert.match(refused.text, rule);
    }
    assert.equal((await move({ advance: '39d' })).location, CLOCK);
    assert.equal((await move({ set: iso(START_OF_TIME + 40 * DAY) })).location, CLOCK);
    await asSignIn(app, person.sid);
    const moved = await open();
    assert.match(moved.text, BANNER);
    assert.match(moved.text, /Nothing is dated later than real time/);
    assert.equal((await browser.submit(moved, CLOCK, { in_step: 'yes' })).location, CLOCK);
    assert.equal(app.app.now(), START_OF_TIME);

    await move({ advance: '40d' });
    await app.anAccount();
    const blocked = await open();
    assert.match(blocked.text, /<code>accounts<\/code>[\s\S]*2026-04-27 23:31 UTC/);
    const refused = await move({ in_step: 'yes' });
    assert.equal(refused.status, 409);
    assert.match(refused.text, /The clock stays ahead[^<]*accounts: 1 row/);
  });

  test('can be moved and put back on the command line, which names the obstacles', async () => {
    await using app = await testApp({ engine });
    const lines = async () => statusLines(await clockStatus(app.app));
    assert.equal(await lines(), 'The clock goes by real time: it is 2026-03-18T23:31:36Z.');
    for (const [how, message] of [
      [{ set: 'tomorrow' }, /^The time must be a time such as 2026-\S+, not "tomorrow"\.$/],
      [{ set: '2020-01-01T00:00:00Z' }, /set must not be earlier than now/],
      [{ advance: '1w' }, /^The length must be a length of time as 1d, .*, not "1w"\.$/],
      [{ advance: '99999d' }, /at most 100 years/],
    ] as const) {
      await assert.rejects(moveClockOf(app.app, how), { message });
    }
    await moveClockOf(app.app, { advance: '10d' });
    assert.match(await lines(), /10 days ahead .*\nNothing is dated later than real time/);
    await moveClockOf(app.app, null);
    assert.equal(app.app.now(), START_OF_TIME);
    await moveClockOf(app.app, { set: iso(START_OF_TIME + DAY) });
    await app.anAccount();
    await assert.rejects(moveClockOf(app.app, null), { message: /accounts: 1 row, the latest of/ });
    assert.match(
      await lines(),
      /cannot be put back[^]*\n {2}accounts: 1 row, the latest of 2026-03-19T/,
    );
    const production = { ...app.app, config: { ...app.app.config, mode: 'production' as const } };
    await assert.rejects(moveClockOf(production, { advance: '1d' }), {
      message: /^This is not a development database, so its clock cannot move/,
    });
  });

  test('can be moved by an operator, and by no visitor from elsewhere', async () => {
    await using app = await testApp({ engine });
    const far = { 'x-forwarded-for': '192.0.2.1' };
    const account = await app.anAccount();
    const visit = async (rank: { readonly is_operator: boolean }) => {
      const browser = await signedIn(app, await aPerson(app, account, rank));
      const page = await browser.get(CLOCK, far);
      const own = await browser.get(CLOCK);
      const form_token = /name="form_token" value="([^"]+)"/.exec(own.text)?.[1] ?? '';
      const { status } = await browser.post(CLOCK, { form_token, advance: '1d' }, far);
      return [/<h2>New time</.test(page.text), status];
    };
    assert.deepEqual(await visit({ is_operator: false }), [false, 403]);
    assert.equal(app.app.now(), START_OF_TIME);
    assert.deepEqual(await visit({ is_operator: true }), [true, 303]);
  });
});

/** Makes the entry of a sign-in in the log of the account. */
async function asSignIn(app: TestApp, person_sid: string): Promise<void> {
  await asSystem(app, (doing) => recordForPerson(doing, person_sid, 'session.started'));
}

if (ENGINES.includes('postgres')) {
  test('other processes of the database follow a clock that went back', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { config, log } = app.app;
    const other = await openApp(config, { log, now: app.app.clock.wall });
    try {
      await advance(app, '40d');
      await followClock(other);
      assert.equal(other.now(), START_OF_TIME + 40 * DAY);
      assert.equal((await inStep(app)).status, 200);
      await followClock(other);
      assert.equal(other.now(), START_OF_TIME);
      assert.equal(other.clock.isMoved, false);
    } finally {
      await other.close();
    }
  });
}

test('a length of time is written in its two largest units', () => {
  const cases: [number, string][] = [
    [0, 'no time'],
    [1, '1 millisecond'],
    [1_500, '1 second 500 milliseconds'],
    [61_000, '1 minute 1 second'],
    [DAY, '1 day'],
    [DAY + 60_000, '1 day'],
    [1_234 * DAY + 7_200_000, '1,234 days 2 hours'],
  ];
  for (const [ms, text] of cases) assert.equal(lengthText(ms), text);
});
