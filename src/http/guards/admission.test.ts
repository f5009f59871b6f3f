import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Admission, type Entry, FEW, LASTING_MS, MAX_WAIT_MS, shareOf } from './admission.ts';

const BEAT_MS = 100;
/** The time for which a story sends requests. */
const STORY_MS = 10_000;

/** An admission with a clock of its own. */
function story() {
  let now = 0;
  const admission = new Admission(() => now);
  return {
    admission,
    get now() {
      return now;
    },
    /** Lets time pass, with a beat at its end. */
    pass(ms = BEAT_MS) {
      now += ms;
      admission.beat();
    },
    /** Sends writes. @returns those that were let in */
    send(caller: string, writes: number): Entry[] {
      const entered = Array.from({ length: writes }, () => admission.enter('write', caller));
      return entered.filter((one) => typeof one !== 'string');
    },
  };
}

/** Makes an overload: writes of a caller that do not end. */
function overloaded(caller: string) {
  const it = story();
  const entries = it.send(caller, 10 * FEW);
  for (let passed = 0; passed <= 2 * LASTING_MS; passed += BEAT_MS) it.pass();
  return { ...it, entries };
}

suite('admission', () => {
  test('refuses nothing for one late turn of the event loop, however late', () => {
    const it = story();
    const entries = it.send('one', 1_000);
    it.pass(60_000);
    assert.equal(it.send('one', 1_000).length, 1_000);
    for (const entry of entries) it.admission.leave(entry);
    it.pass();
    assert.equal(it.send('one', 1_000).length, 1_000);
  });

  test('refuses nothing for late turns with a good one in between', () => {
    const it = story();
    for (let turn = 0; turn < 50; turn += 1) {
      const entries = it.send('one', 1_000);
      assert.equal(entries.length, 1_000);
      for (let beat = 0; beat < 4; beat += 1) it.pass();
      for (const entry of entries) it.admission.leave(entry);
      it.pass();
    }
  });

  test('refuses nothing while few requests are under way, however slow they are', () => {
    const it = story();
    assert.equal(it.send('slow', FEW).length, FEW);
    for (let beat = 0; beat < 100; beat += 1) it.pass(1_000);
    assert.equal(it.send('another', 1).length, 1);
  });

  test('counts reads and writes apart', () => {
    const { admission } = overloaded('one');
    assert.equal(admission.enter('write', 'one'), 'account');
    assert.equal(typeof admission.enter('read', 'one'), 'object');
  });

  test('lets requests in again at once when those under way have ended', () => {
    const it = overloaded('one');
    assert.equal(it.send('one', 1).length, 0);
    for (const entry of it.entries) it.admission.leave(entry);
    assert.equal(it.send('one', FEW).length, FEW);
    assert.equal(it.admission.underWay, FEW);
  });

  test('names the account when its requests are most of all, and else the server', () => {
    const one = overloaded('heavy');
    assert.equal(one.admission.enter('write', 'heavy'), 'account');
    const many = story();
    for (let caller = 0; caller < 1_000; caller += 1) many.send(`caller ${caller}`, 1);
    for (let passed = 0; passed <= 2 * LASTING_MS; passed += BEAT_MS) many.pass();
    assert.equal(many.admission.enter('write', 'caller 1'), 'server');
    assert.equal(many.admission.enter('write', 'a new one'), 'server');
  });

  test('shares the room so that those with the most give way first', () => {
    assert.equal(shareOf(100, [10, 500]), 90);
    assert.equal(shareOf(100, [10, 500, 500]), 45);
    assert.equal(shareOf(100, [50, 50, 50, 50]), 25);
    assert.equal(shareOf(100, [10, 20]), 90);
    assert.equal(shareOf(100, []), 100);
  });
});

/** The results of a server that does a number of writes in a second, under an open loop. */
interface Run {
  readonly done: number;
  readonly refused: ReadonlyMap<string, number>;
  /** The longest wait after the overload was noticed, in milliseconds, by caller. */
  readonly waits: ReadonlyMap<string, number>;
  readonly drained_ms: number;
}

/**
 * A server whose accounts take turns, as in the queue of writes. Its writes are done in batches, at
 * `perSecond` of them, and callers send at fixed times.
 */
function serve(perSecond: number, callers: Readonly<Record<string, number>>): Run {
  let now = 0;
  const admission = new Admission(() => now);
  const lanes = new Map<string, Entry[]>(Object.keys(callers).map((name) => [name, []]));
  const refused = new Map<string, number>();
  const waits = new Map<string, number>();
  let done = 0;
  let able = 0;
  let drained_ms = 0;
  const send = (name: string) => {
    const entered = admission.enter('write', name);
    if (typeof entered === 'string') refused.set(name, (refused.get(name) ?? 0) + 1);
    else lanes.get(name)?.push(entered);
  };
  const finish = (name: string, entry: Entry) => {
    admission.leave(entry);
    done += now <= STORY_MS ? 1 : 0;
    if (entry.came < 3_000) return;
    waits.set(name, Math.max(waits.get(name) ?? 0, now - entry.came));
  };
  while (now < STORY_MS || admission.underWay > 0) {
    now += 10;
    for (const [name, rate] of Object.entries(callers)) {
      if (now > STORY_MS) break;
      const due = Math.floor((now * rate) / 1_000) - Math.floor(((now - 10) * rate) / 1_000);
      for (let sent = 0; sent < due; sent += 1) send(name);
    }
    able = Math.min(able + (perSecond * 10) / 1_000, perSecond / 4);
    // A batch is answered together, before each beat.
    if (now % BEAT_MS !== 0) continue;
    while (able >= 1 && admission.underWay > 0) {
      for (const [name, waiting] of lanes) {
        const entry = able >= 1 ? waiting.shift() : undefined;
        if (!entry) continue;
        able -= 1;
        finish(name, entry);
      }
    }
    admission.beat();
    if (now > STORY_MS) drained_ms = now - STORY_MS;
  }
  return { done, refused, waits, drained_ms };
}

suite('a server under an open loop', () => {
  const CAPACITY = 1_000;
  const possible = (CAPACITY * STORY_MS) / 1_000;

  for (const times of [0.5, 0.9]) {
    test(`refuses nothing at ${times} of its capacity`, () => {
      const { refused, done } = serve(CAPACITY, { heavy: CAPACITY * times });
      assert.equal(refused.size, 0);
      assert.ok(done > possible * times * 0.95);
    });
  }

  for (const times of [1, 2, 3, 10]) {
    test(`keeps its capacity and short waits at ${times} of it, also for a light account`, () => {
      const run = serve(CAPACITY, { light: 20, heavy: CAPACITY * times });
      assert.ok(run.done >= possible * 0.9, `${run.done} of ${possible} were done`);
      assert.equal(run.refused.get('light'), undefined);
      assert.ok((run.waits.get('heavy') ?? 0) <= 1.5 * MAX_WAIT_MS, `${run.waits.get('heavy')} ms`);
      assert.ok((run.waits.get('light') ?? 0) <= 200, `${run.waits.get('light')} ms`);
      assert.ok(run.drained_ms <= 2_000, `drained in ${run.drained_ms} ms`);
    });
  }

  test('shares its capacity among accounts that all send too much', () => {
    const rates = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`account ${at}`, 200]));
    const { done, refused, drained_ms } = serve(CAPACITY, rates);
    assert.ok(done >= possible * 0.9, `${done} of ${possible} were done`);
    const counts = Object.keys(rates).map((name) => refused.get(name) ?? 0);
    assert.ok(Math.max(...counts) - Math.min(...counts) < 200, counts.join(' '));
    assert.ok(drained_ms <= 2_000, `drained in ${drained_ms} ms`);
  });
});
