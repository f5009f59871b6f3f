import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { JOIN, PartJoiner } from '../../../src/carriers/smpp/join-parts.ts';
import { FakeTime } from './fake-time.ts';

interface Kept {
  readonly text: string;
  readonly is_whole: boolean;
}

function openJoiner(keep: (kept: Kept) => Promise<boolean> = async () => true) {
  const time = new FakeTime();
  const kept: Kept[] = [];
  const joiner = new PartJoiner(time, async ({ text, is_whole }) => {
    const isKept = await keep({ text, is_whole });
    if (isKept) kept.push({ text, is_whole });
    return isKept;
  });
  const take = (number: number, text: string, total = 3, reference = 7) =>
    joiner.take({ from: '+491', to: '+492', text, of: { reference, total, number } });
  return { time, kept, joiner, take };
}

suite('parts of an incoming message', () => {
  test('are joined in any order, and acknowledged together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 5 })),
        async (order, repeats) => {
          const { kept, take } = openJoiner();
          const answers = [...repeats.slice(0, 2), ...order].map((n) => take(n, `${n}`, 5));
          assert.deepEqual(new Set(await Promise.all(answers)), new Set([0]));
          for (const number of repeats) assert.equal(await take(number, `${number}`, 5), 0);
          assert.deepEqual(kept, [{ text: '12345', is_whole: true }]);
        },
      ),
    );
  });

  test('complete a message for a centre that sends one at a time', async () => {
    const { time, kept, take } = openJoiner();
    for (const number of [1, 2]) {
      const answer = take(number, `${number}`);
      await time.pass(JOIN.hold_ms);
      assert.equal(await answer, 0x64);
    }
    assert.equal(await take(3, '3'), 0);
    assert.deepEqual([await take(1, '1'), await take(2, '2')], [0, 0]);
    assert.deepEqual(kept, [{ text: '123', is_whole: true }]);
  });

  test('are repeated by the carrier when the record fails', async () => {
    let failures = 2;
    const { kept, take } = openJoiner(async () => {
      failures -= 1;
      if (failures === 1) throw new Error('the disk is full');
      return failures < 0;
    });
    assert.deepEqual(await Promise.all([take(1, 'a', 2), take(2, 'b', 2)]), [0x64, 0x64]);
    assert.equal(await take(1, 'a', 2), 0x64);
    assert.equal(await take(2, 'b', 2), 0);
    assert.deepEqual(kept, [{ text: 'ab', is_whole: true }]);
  });

  test('go on without the missing ones after their time', async () => {
    const { time, kept, take } = openJoiner();
    void take(1, 'a');
    void take(3, 'c');
    await time.pass(JOIN.whole_ms);
    assert.deepEqual(kept, [{ text: 'ac', is_whole: false }]);
  });

  test('of a later message with the same reference are no repeats', async () => {
    const { kept, take } = openJoiner();
    await Promise.all([take(1, 'a', 2), take(2, 'b', 2)]);
    await Promise.all([take(1, 'c', 2), take(2, 'd', 2)]);
    assert.deepEqual(
      kept.map(({ text }) => text),
      ['ab', 'cd'],
    );
  });

  test('keep a pair of UTF-16 that is divided between two', async () => {
    const { kept, take, joiner } = openJoiner();
    await Promise.all([take(1, '\ud83d', 2), take(2, '\udc3b', 2)]);
    await joiner.take({ from: '+491', to: '+492', text: '\ud83d', of: null });
    assert.deepEqual(
      kept.map(({ text }) => text),
      ['🐻', '\ufffd'],
    );
  });

  test('wait in a bounded number', async () => {
    const { time, take } = openJoiner();
    const answers = Array.from({ length: JOIN.open + 1 }, (_, at) => take(1, 'a', 2, at));
    const atOnce: number[] = [];
    for (const answer of answers) void answer.then((status) => atOnce.push(status));
    await time.settle();
    assert.equal(atOnce.length, JOIN.open + 1 - JOIN.held);
    await time.pass(JOIN.hold_ms);
    assert.deepEqual(new Set(await Promise.all(answers)), new Set([0x64]));
    assert.equal(await take(2, 'b', 2, 3), 0);
  });
});
