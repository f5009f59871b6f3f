import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FakeTime } from '../../../test/carriers/smpp/fake-time.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import type { CallEnd } from '../sip/call.ts';
import { TargetQuestions } from './ask-targets.ts';

const SILENT: CallEnd = { why: 'timeout', status: null, reason: null };

/** Questions over a time that the test moves; each is noted with its time. */
function questions(answers: (address: string) => Promise<CallEnd | null> = async () => null) {
  const time = new FakeTime();
  const draw = seededRandom(7);
  const asked: { readonly address: string; readonly at: number }[] = [];
  const heard: string[] = [];
  const all = new TargetQuestions({
    outside: { now: time.now, after: time.after, random: () => draw(1_000) / 1_000 },
    ask: (address) => {
      asked.push({ address, at: time.now() });
      return answers(address);
    },
    heard: (address) => heard.push(address),
  });
  return { time, all, asked, heard };
}

suite('the questions to targets', () => {
  test('come about once a minute to each, at times that are drawn', async () => {
    const { time, all, asked } = questions();
    all.watch(['sip:one', 'sip:two', 'sip:three']);
    await time.pass(600_000);
    const times = asked.filter(({ address }) => address === 'sip:two').map(({ at }) => at);
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    assert.ok(
      pauses.every((ms) => ms >= 45_000 && ms <= 75_250),
      String(pauses),
    );
    assert.ok(new Set(pauses).size > 3, 'the pauses differ');
  });

  test('come more often to one that is down, and one at a time', async () => {
    const { time, all, asked } = questions(async () => SILENT);
    all.watch(['sip:one']);
    await time.pass(60_000);
    assert.ok(asked.length >= 4 && asked.length <= 6, String(asked.length));
    const open = questions(() => Promise.withResolvers<null>().promise);
    open.all.watch(['sip:one']);
    await open.time.pass(600_000);
    assert.equal(open.asked.length, 1);
  });

  test('are at most twenty a second, and for at most a thousand targets', async () => {
    const { time, all, asked } = questions();
    all.watch(Array.from({ length: 1_500 }, (_, index) => `sip:${index}`));
    assert.equal(all.addresses.length, 1_000);
    await time.pass(10_000);
    const seconds = Map.groupBy(asked, ({ at }) => Math.floor((at - 1) / 1_000));
    assert.ok([...seconds.values()].every((one) => one.length <= 20));
    assert.ok(asked.length > 150, 'they go on');
  });

  test('end for a target that is watched no more, and its late answer is not heard', async () => {
    const late = Promise.withResolvers<null>();
    const { time, all, asked, heard } = questions(() => late.promise);
    all.watch(['sip:one']);
    await time.pass(3_000);
    all.watch([]);
    late.resolve(null);
    await time.pass(120_000);
    assert.deepEqual([asked.length, heard.length], [1, 0]);
  });
});
