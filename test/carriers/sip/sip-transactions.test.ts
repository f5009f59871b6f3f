import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { header } from '../../../src/carriers/sip/headers.ts';
import { NO_BODY, type RequestDraft } from '../../../src/carriers/sip/message.ts';
import type { ServerTransaction } from '../../../src/carriers/sip/server-transaction.ts';
import { Transactions } from '../../../src/carriers/sip/transactions.ts';
import { answerTo } from '../../../src/carriers/sip/write-message.ts';
import { LossyWire } from './lossy-wire.ts';

const CALM = { lost: 0, doubled: 0, delay_ms: 0 };
const GONE = { lost: 100, doubled: 0, delay_ms: 0 };

function draft(method: string): RequestDraft {
  const headers = [
    header('From', '<sip:a@192.0.2.1>;tag=a'),
    header('To', '<sip:b@192.0.2.1>'),
    header('Call-ID', 'c'),
    header('CSeq', `1 ${method}`),
    header('Max-Forwards', '70'),
  ];
  return { is: 'request', method, uri: 'sip:b@192.0.2.1', headers, body: NO_BODY };
}

interface Stage {
  readonly wire: LossyWire;
  readonly caller: Transactions;
  readonly called: Transactions;
  readonly heard: string[];
  readonly requests: ServerTransaction[];
  readonly acks: string[];
  readonly ask: (method: string) => void;
}

/** A caller and a called side. What both heard is written down. */
function stage(wire: LossyWire, answer: (one: ServerTransaction) => void, limit?: number): Stage {
  const heard: string[] = [];
  const acks: string[] = [];
  const requests: ServerTransaction[] = [];
  const events = {
    request: (one: ServerTransaction) => {
      requests.push(one);
      answer(one);
    },
    ack: () => void acks.push('ack'),
    stray: () => void heard.push('stray'),
    unacknowledged: () => void acks.push('none'),
  };
  const caller = new Transactions(wire.end(1), wire.outside, events);
  const called = new Transactions(wire.end(2), wire.outside, events, limit);
  wire.hear(1, (message, source) => caller.hear(message, source));
  wire.hear(2, (message, source) => called.hear(message, source));
  const ask = (method: string) =>
    void caller.request(draft(method), wire.hop(2), {
      answer: (response) => void heard.push(String(response.status)),
      failed: (why) => void heard.push(why),
    });
  return { wire, caller, called, heard, requests, acks, ask };
}

const reply = (one: ServerTransaction, status: number) =>
  one.respond(answerTo(one.request, status, { tag: 'b' }));

const timesOf = (wire: LossyWire, method: string) =>
  wire.sent
    .filter(({ message }) => message.is === 'request' && message.method === method)
    .map(({ at }) => at);

suite('a SIP transaction', () => {
  test('repeats an INVITE by timer A and gives up by timer B', async () => {
    const { wire, heard, caller, ask } = stage(new LossyWire(1, GONE), () => {});
    ask('INVITE');
    await wire.time.pass(31_999);
    assert.deepEqual(timesOf(wire, 'INVITE'), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert.deepEqual([heard, caller.size], [[], 1]);
    await wire.time.pass(1);
    assert.deepEqual([heard, caller.size], [['timeout'], 0]);
  });

  test('repeats another request by timer E and gives up by timer F', async () => {
    const { wire, heard, ask } = stage(new LossyWire(1, GONE), () => {});
    ask('OPTIONS');
    await wire.time.pass(32_000);
    assert.deepEqual(
      timesOf(wire, 'OPTIONS'),
      [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
    );
    assert.deepEqual(heard, ['timeout']);
  });

  test('waits without repeats once an INVITE rings', async () => {
    const { wire, heard, ask } = stage(new LossyWire(1, CALM), (one) => reply(one, 180));
    ask('INVITE');
    await wire.time.pass(200_000);
    assert.deepEqual(timesOf(wire, 'INVITE'), [0]);
    assert.deepEqual(heard, ['180']);
  });

  test('acknowledges a refusal by itself, each time it comes, and forgets it after timers D and I', async () => {
    const { wire, heard, caller, called, acks, requests, ask } = stage(
      new LossyWire(1, CALM),
      (one) => reply(one, 486),
    );
    ask('INVITE');
    await wire.time.pass(10);
    assert.deepEqual(heard, ['486']);
    assert.deepEqual(timesOf(wire, 'ACK').length, 1);
    const ack = wire.sent.find(({ message }) => message.cseq.method === 'ACK');
    const [invite] = requests;
    assert.equal(
      ack?.message.vias[0].parameters.get('branch'),
      invite?.request.vias[0].parameters.get('branch'),
    );
    assert.deepEqual([caller.size, called.size, invite?.state], [1, 1, 'confirmed']);
    await wire.time.pass(32_000);
    assert.deepEqual([caller.size, called.size, acks], [0, 0, []]);
  });

  test('repeats a refusal by timer G and an acceptance too, until timer H or L', async () => {
    for (const [status, count] of [
      // The caller repeats its INVITE, too, and gets the refusal for each.
      [486, 11 + 6],
      [200, 11],
    ] as const) {
      const wire = new LossyWire(1, CALM);
      const { called, acks, ask } = stage(wire, (one) => reply(one, status));
      wire.hear(1, () => {});
      ask('INVITE');
      await wire.time.pass(32_001);
      const answers = wire.sent.filter(({ message }) => message.is === 'response');
      assert.equal(answers.length, count, String(status));
      assert.deepEqual([called.size, acks], [0, ['none']]);
    }
  });

  test('passes each repeat of a 200 on for timer M, and later ones as strays', async () => {
    const { wire, heard, requests, ask } = stage(new LossyWire(1, CALM), (one) => reply(one, 200));
    ask('INVITE');
    await wire.time.pass(600);
    assert.deepEqual(heard, ['200', '200']);
    requests[0]?.acknowledge();
    await wire.time.pass(40_000);
    assert.deepEqual(heard, ['200', '200']);
  });

  test('of a flood is refused without memory, and the caller is told when to come again', async () => {
    const { wire, heard, called, requests, ask } = stage(new LossyWire(1, CALM), () => {}, 2);
    for (let at = 0; at < 5; at += 1) ask('OPTIONS');
    await wire.time.pass(10);
    assert.deepEqual([heard, called.size, requests.length], [['503', '503', '503'], 2, 2]);
  });

  test('matches a request of RFC 2543 by its fields', async () => {
    const wire = new LossyWire(1, CALM);
    const { called, requests, caller } = stage(wire, (one) => reply(one, 200));
    const events = { answer: () => {}, failed: () => {} };
    caller.request(draft('OPTIONS'), wire.hop(2), events, 'old');
    caller.request(draft('OPTIONS'), wire.hop(2), events, 'old');
    await wire.time.pass(10);
    assert.deepEqual([requests.length, called.size], [1, 1]);
  });

  test('ends for both sides in any weather, and the called side sees each request once', async () => {
    let answered = 0;
    for (let seed = 1; seed <= 150; seed += 1) {
      const wire = new LossyWire(seed, { lost: seed % 50, doubled: 20, delay_ms: 900 });
      const status = [200, 486, 503][seed % 3] ?? 200;
      const { caller, called, heard, requests, ask } = stage(wire, (one) => {
        if (one.request.method === 'INVITE') reply(one, 180);
        wire.time.after(seed * 7, () => reply(one, one.request.method === 'INVITE' ? status : 200));
      });
      ask('INVITE');
      ask('BYE');
      await wire.time.pass(120_000);
      const finals = heard.filter((one) => one !== '180' && one !== 'stray');
      const refusals = finals.filter((one) => Number(one) >= 300);
      assert.ok(refusals.length <= 1, `seed ${seed}: a refusal came ${refusals.length} times`);
      assert.ok(requests.length <= 2, `seed ${seed}: ${requests.length} requests`);
      assert.deepEqual(
        [
          caller.size -
            (heard.includes('180') && !finals.some((one) => one === String(status)) ? 1 : 0),
          called.size,
        ],
        [0, 0],
        `seed ${seed}`,
      );
      if (finals.includes(String(status))) answered += 1;
    }
    assert.ok(answered > 130, `${answered} of 150 were answered`);
  });
});
