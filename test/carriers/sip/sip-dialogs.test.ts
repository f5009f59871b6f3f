import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CallEnd, CallWanted } from '../../../src/carriers/sip/call.ts';
import { dialogOfRequest, nextRequest } from '../../../src/carriers/sip/dialog.ts';
import { header } from '../../../src/carriers/sip/headers.ts';
import type { SipRequest } from '../../../src/carriers/sip/message.ts';
import { OutgoingCall } from '../../../src/carriers/sip/outgoing-call.ts';
import type { Hop } from '../../../src/carriers/sip/outside.ts';
import { NO_PARAMETERS } from '../../../src/carriers/sip/parameters.ts';
import type { ServerTransaction } from '../../../src/carriers/sip/server-transaction.ts';
import { Transactions } from '../../../src/carriers/sip/transactions.ts';
import { answerTo, writeMessage } from '../../../src/carriers/sip/write-message.ts';
import { LossyWire } from './lossy-wire.ts';

const CALM = { lost: 0, doubled: 0, delay_ms: 0 };
const STORM = { lost: 20, doubled: 20, delay_ms: 300 };
const CONTACT = header('Contact', '<sip:b@192.0.2.1:2>');
const OFFER = Buffer.from('an offer');

interface Script {
  /** What the called side does with an INVITE. */
  readonly invite: (one: ServerTransaction) => void;
  readonly wanted?: Partial<CallWanted>;
  readonly offer?: string | null;
  /** Whether the transport fails, by its name. */
  readonly isBroken?: (transport: Hop['transport']) => boolean;
}

/** A call of ours on a wire, and a called side that plays its script. */
function stage(wire: LossyWire, { invite, wanted, offer = 'our offer', isBroken }: Script) {
  const heard: string[] = [];
  const requests: SipRequest[] = [];
  const acks: SipRequest[] = [];
  const answers: string[] = [];
  const end = wire.end(1);
  const ours = {
    ...end,
    send: (octets: Buffer, hop: Hop, failed: (reason: string) => void) => {
      if (isBroken?.(hop.transport)) failed('Nothing listens');
      else end.send(octets, hop, failed);
    },
  };
  const transactions: Transactions = new Transactions(ours, wire.outside, {
    request: (one) => call.hearRequest(one),
    ack: () => call.hearAck(),
    stray: (response) => call.hearAcceptance(response),
    unacknowledged: () => {},
  });
  const far: Transactions = new Transactions(wire.end(2), wire.outside, {
    request: (one) => {
      requests.push(one.request);
      if (one.request.method === 'INVITE') invite(one);
      else one.respond(answerTo(one.request, 200, { tag: 'far' }));
      if (one.request.method === 'CANCEL') canceled(one.request);
    },
    ack: (request) => {
      acks.push(request);
      for (const one of invites) one.acknowledge();
    },
    stray: () => {},
    unacknowledged: () => {},
  });
  const invites: ServerTransaction[] = [];
  const canceled = (request: SipRequest) => {
    const one = far.inviteOf(request);
    one?.respond(answerTo(one.request, 487, { tag: 'far' }));
  };
  const call: OutgoingCall = new OutgoingCall(
    {
      uri: 'sip:b@192.0.2.1:2',
      from: { display: '', uri: 'sip:a@192.0.2.1', parameters: NO_PARAMETERS },
      user: 'a',
      hop: wire.hop(2),
      routes: [],
      headers: [],
      credentials: null,
      try_ms: 32_000,
      ...wanted,
    },
    {
      wire: ours,
      outside: wire.outside,
      transactions,
      locate: async () => wire.hop(2),
      media: { offer: () => offer, answer: (sdp) => `an answer to ${sdp.toString()}` },
      events: {
        progress: (status) => void heard.push(String(status)),
        answered: () => void heard.push('answered'),
        ended: ({ why }: CallEnd) => void heard.push(why),
      },
      forgotten: () => {},
    },
  );
  wire.hear(1, (message, source) => transactions.hear(message, source));
  wire.hear(2, (message, source) => far.hear(message, source));
  /** Accepts as the branch of a fork that has this tag. */
  const accept = (one: ServerTransaction, tag: string) => {
    const draft = answerTo(one.request, 200, { tag, headers: [CONTACT], body: OFFER });
    wire.end(2).send(writeMessage(draft), wire.hop(1), () => {});
  };
  const pick = (one: ServerTransaction) => {
    invites.push(one);
    one.respond(answerTo(one.request, 200, { tag: 'far', headers: [CONTACT], body: OFFER }));
  };
  /** A request of the called side within the dialog. */
  const ask = (method: string, number: number) => {
    const [invite] = requests;
    const dialog = invite && dialogOfRequest(invite, 'far');
    assert.ok(dialog);
    const { draft } = nextRequest({ ...dialog, local_cseq: number }, method);
    const headers = [...draft.headers, CONTACT, header('Content-Type', 'application/sdp')];
    far.request({ ...draft, headers, body: OFFER }, wire.hop(1), {
      answer: ({ status }) => void answers.push(`${method} ${status}`),
      failed: (why) => void answers.push(why),
    });
  };
  const methods = () => requests.map(({ method }) => method);
  return { call, heard, requests, acks, answers, accept, pick, ask, methods };
}

suite('a call of ours', () => {
  test('keeps the first of two forks, and ends the second', async () => {
    const wire = new LossyWire(1, CALM);
    const scene = stage(wire, {
      invite: (one) => {
        scene.accept(one, 'first');
        scene.accept(one, 'second');
      },
    });
    scene.call.start();
    await wire.time.pass(1_000);
    const tagsOf = (all: readonly SipRequest[]) => all.map(({ to }) => to.parameters.get('tag'));
    assert.deepEqual(tagsOf(scene.acks), ['first', 'second']);
    const byes = scene.requests.filter(({ method }) => method === 'BYE');
    assert.deepEqual(tagsOf(byes), ['second']);
    assert.deepEqual(scene.heard, ['answered']);
    assert.equal(scene.call.dialog?.remote_tag, 'first');
  });

  test('without an offer answers the offer that comes with the acceptance', async () => {
    const wire = new LossyWire(2, CALM);
    const scene = stage(wire, { offer: null, invite: (one) => scene.pick(one) });
    scene.call.start();
    await wire.time.pass(100);
    assert.equal(scene.requests[0]?.body.length, 0);
    assert.equal(scene.acks[0]?.body.toString(), 'an answer to an offer');
  });

  test('refuses a change while another one is not acknowledged, and an old number', async () => {
    const wire = new LossyWire(3, CALM);
    const scene = stage(wire, { invite: (one) => scene.pick(one) });
    scene.call.start();
    await wire.time.pass(100);
    scene.ask('INVITE', 10);
    await wire.time.pass(100);
    scene.ask('INVITE', 11);
    await wire.time.pass(100);
    scene.ask('INVITE', 5);
    await wire.time.pass(100);
    assert.deepEqual(scene.answers, ['INVITE 200', 'INVITE 491', 'INVITE 500']);
    assert.deepEqual(scene.heard, ['answered'], 'the call goes on');
  });

  test('that is cancelled waits for a provisional answer, and then cancels once', async () => {
    const wire = new LossyWire(4, CALM);
    const invites: ServerTransaction[] = [];
    const scene = stage(wire, { invite: (one) => void invites.push(one) });
    scene.call.start();
    await wire.time.pass(100);
    scene.call.hangUp();
    await wire.time.pass(100);
    assert.deepEqual(scene.methods(), ['INVITE']);
    for (const one of invites) one.respond(answerTo(one.request, 180, { tag: 'far' }));
    await wire.time.pass(100);
    scene.call.hangUp();
    await wire.time.pass(1_000);
    assert.deepEqual(scene.methods(), ['INVITE', 'CANCEL']);
    assert.deepEqual(scene.heard, ['180', 'canceled']);
  });

  test('that is accepted while its CANCEL is on the way is acknowledged and ended', async () => {
    const wire = new LossyWire(5, CALM);
    const scene = stage(wire, {
      invite: (one) => one.respond(answerTo(one.request, 180, { tag: 'far' })),
    });
    scene.call.start();
    await wire.time.pass(100);
    // Both leave before either arrives.
    scene.call.hangUp();
    const invite = scene.requests[0];
    assert.ok(invite);
    const draft = answerTo(invite, 200, { tag: 'far', headers: [CONTACT], body: OFFER });
    wire.end(2).send(writeMessage(draft), wire.hop(1), () => {});
    await wire.time.pass(1_000);
    assert.equal(scene.acks.length, 1);
    assert.equal(scene.methods().filter((one) => one === 'BYE').length, 1);
    assert.deepEqual(scene.heard, ['180', 'canceled']);
  });

  test('is answered and ended once through loss, repeats and overtaking', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const wire = new LossyWire(seed, STORM);
      const scene = stage(wire, { invite: (one) => scene.pick(one) });
      scene.call.start();
      await wire.time.pass(20_000);
      assert.deepEqual(scene.heard, ['answered'], `seed ${seed}`);
      assert.ok(scene.acks.length > 0, `seed ${seed}`);
      scene.call.hangUp();
      await wire.time.pass(40_000);
      assert.deepEqual(scene.heard, ['answered', 'here'], `seed ${seed}`);
      assert.deepEqual(scene.methods(), ['INVITE', 'BYE'], `seed ${seed}`);
    }
  });

  test('with a large INVITE goes over TCP, and as a datagram where there is none', async () => {
    const headers = Array.from({ length: 15 }, (_, at) => header(`X-Number-${at}`, 'x'.repeat(80)));
    for (const isBroken of [() => false, (transport: string) => transport === 'tcp']) {
      const wire = new LossyWire(6, CALM);
      const scene = stage(wire, {
        wanted: { headers },
        isBroken,
        invite: (one) => scene.pick(one),
      });
      scene.call.start();
      await wire.time.pass(1_000);
      const [invite] = scene.requests;
      const transport = isBroken('tcp') ? 'UDP' : 'TCP';
      assert.equal(invite?.vias[0].transport, transport);
      assert.deepEqual(scene.heard, ['answered']);
      assert.deepEqual(scene.methods(), ['INVITE']);
    }
    const wire = new LossyWire(7, CALM);
    const scene = stage(wire, { invite: (one) => scene.pick(one) });
    scene.call.start();
    await wire.time.pass(1_000);
    assert.equal(scene.requests[0]?.vias[0].transport, 'UDP');
  });
});
