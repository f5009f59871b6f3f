import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { header, headerOf } from '../../../src/carriers/sip/headers.ts';
import type { SipRequest } from '../../../src/carriers/sip/message.ts';
import type { ServerTransaction } from '../../../src/carriers/sip/server-transaction.ts';
import { answerTo, writeMessage } from '../../../src/carriers/sip/write-message.ts';
import { CONTACT, OFFER, stage } from './dialog-stage.ts';
import { LossyWire } from './lossy-wire.ts';

const CALM = { lost: 0, doubled: 0, delay_ms: 0 };
const STORM = { lost: 20, doubled: 20, delay_ms: 300 };

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

suite('a session of a call', () => {
  const expires = (value: string) => [header('Session-Expires', value)];

  test('is kept alive by the far side, and ends when no sign of life comes', async () => {
    const wire = new LossyWire(8, CALM);
    const accepted = expires('600;refresher=uas');
    const scene = stage(wire, { accepted, invite: (one) => scene.pick(one) });
    scene.call.start();
    await wire.time.pass(1_000);
    const [invite] = scene.requests;
    assert.ok(invite);
    assert.equal(headerOf(invite, 'session-expires'), '1800;refresher=uas');
    assert.equal(headerOf(invite, 'supported'), 'timer');
    await wire.time.pass(500_000);
    scene.ask('UPDATE', 10, expires('600;refresher=uac'));
    await wire.time.pass(560_000);
    assert.deepEqual([scene.answers, scene.terms], [['UPDATE 200'], ['600;refresher=uac']]);
    assert.deepEqual(scene.heard, ['answered'], 'the refresh counts');
    await wire.time.pass(10_000);
    assert.deepEqual(scene.heard, ['answered', 'far-side']);
    assert.deepEqual(scene.methods(), ['INVITE', 'BYE']);
  });

  test('that the far side leaves to us is refreshed at half of its time', async () => {
    const wire = new LossyWire(9, CALM);
    const scene = stage(wire, {
      accepted: expires('200;refresher=uac'),
      invite: (one) => scene.pick(one),
    });
    scene.call.start();
    await wire.time.pass(101_000);
    assert.deepEqual(scene.methods(), ['INVITE', 'UPDATE']);
    assert.deepEqual(scene.heard, ['answered']);
  });

  test('gets the longer time that a 422 demands, once', async () => {
    const wire = new LossyWire(10, CALM);
    const headers = [header('Min-SE', '3600')];
    const scene = stage(wire, {
      invite: (one) => one.respond(answerTo(one.request, 422, { tag: 'far', headers })),
    });
    scene.call.start();
    await wire.time.pass(1_000);
    const asked = scene.requests.map((one) => headerOf(one, 'session-expires'));
    assert.deepEqual(asked, ['1800;refresher=uas', '3600;refresher=uas']);
    assert.deepEqual(scene.heard, ['refused']);
  });

  test('without terms that can be read has no end', async () => {
    for (const accepted of [[], expires('soon'), expires('9'.repeat(400))]) {
      const wire = new LossyWire(11, CALM);
      const scene = stage(wire, { accepted, invite: (one) => scene.pick(one) });
      scene.call.start();
      await wire.time.pass(4_000_000);
      assert.deepEqual(scene.heard, ['answered']);
    }
  });
});
