import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PartFate } from '../../../src/carriers/smpp/link.ts';
import { partsOf } from '../../../src/carriers/smpp/outgoing.ts';
import { LINK } from '../../../src/carriers/smpp/outside.ts';
import { pduOf } from '../../../src/carriers/smpp/pdu.ts';
import { REST_MS, submitMessage } from '../../../src/carriers/smpp/submit-message.ts';
import { openStage } from './fake-centre.ts';

const PART = { fields: { destination_addr: '4915123456789' }, short_message: Buffer.from('hi') };
const silentOn = (command: string) => (pdu: { command: string }) =>
  pdu.command === command ? null : {};

suite('an SMPP link', () => {
  test('binds as a transceiver, submits, and says goodbye', async () => {
    const { centre, link, time } = await openStage();
    assert.equal(link.health().state, 'up');
    assert.deepEqual(await link.submit(PART), { is: 'accepted', ref: '2' });
    const stopped = link.stop();
    await time.settle();
    await stopped;
    assert.deepEqual(
      centre.heard.map((pdu) => pdu.command),
      ['bind_transceiver', 'submit_sm', 'unbind'],
    );
    assert.equal((await link.submit(PART)).is, 'later');
  });

  test('has no more unanswered submissions than its window', async () => {
    const { centre, link, time } = await openStage({ window: 3 }, undefined, silentOn('submit_sm'));
    for (let count = 0; count < 10; count += 1) void link.submit(PART);
    await time.settle();
    assert.equal(centre.all('submit_sm').length, 3);
    const [first] = centre.all('submit_sm');
    centre.send(pduOf('submit_sm_resp', first?.sequence ?? 0, { fields: { message_id: 'a' } }));
    await time.settle();
    assert.equal(centre.all('submit_sm').length, 4);
    assert.deepEqual([link.health().unanswered, link.health().waiting], [3, 6]);
  });

  test('keeps to its rate', async () => {
    const { centre, link, time } = await openStage({ rate: 10, window: 1_000 });
    for (let count = 0; count < 100; count += 1) void link.submit(PART);
    await time.settle();
    assert.equal(centre.all('submit_sm').length, 1);
    await time.pass(5_000);
    const { length } = centre.all('submit_sm');
    assert.ok(length >= 45 && length <= 51, `${length} in five seconds`);
  });

  test('backs off when the carrier throttles, and sends nothing in between', async () => {
    for (const status of [0x58, 0x14]) {
      const { centre, link, time } = await openStage({ rate: 100 }, undefined, (pdu) =>
        pdu.command === 'submit_sm' ? { status } : {},
      );
      const fate = await link.submit(PART);
      assert.equal(fate.is, 'later');
      assert.deepEqual([link.health().state, link.health().rate], ['throttled', 50]);
      assert.equal((await link.submit(PART)).is, 'later');
      assert.equal(centre.all('submit_sm').length, 1);
      await time.pass(1_000);
      centre.reply = () => ({});
      const next = link.submit(PART);
      await time.pass(1_000);
      assert.equal((await next).is, 'accepted');
    }
  });

  test('takes a submission without an answer as unknown, and hears a late answer', async () => {
    const { centre, link, time } = await openStage({}, undefined, silentOn('submit_sm'));
    const late: PartFate[] = [];
    const fate = link.submit(PART, (told) => late.push(told));
    await time.pass(LINK.answer_ms);
    assert.equal((await fate).is, 'unknown');
    const [request] = centre.all('submit_sm');
    const answer = { fields: { message_id: 'AB' } };
    centre.send(pduOf('submit_sm_resp', request?.sequence ?? 0, answer));
    centre.send(pduOf('submit_sm_resp', request?.sequence ?? 0, answer));
    await time.pass(60_000);
    assert.deepEqual(late, [{ is: 'accepted', ref: 'ab' }]);
    assert.equal(centre.all('submit_sm').length, 1, 'it is never sent again');
  });

  test('takes unanswered submissions as unknown and waiting ones as later when it breaks', async () => {
    const { centre, link, time } = await openStage({ window: 2 }, undefined, silentOn('submit_sm'));
    const fates = [1, 2, 3].map(() => link.submit(PART));
    await time.settle();
    centre.socket.destroy();
    await time.settle();
    const found = (await Promise.all(fates)).map((fate) => fate.is);
    assert.deepEqual(found, ['unknown', 'unknown', 'later']);
    await time.pass(120_000);
    assert.equal(centre.all('submit_sm').length, 2);
  });

  test('connects again with growing waits up to a limit', async () => {
    const { centre, link, time, told } = await openStage();
    centre.refusing = 100;
    centre.socket.destroy();
    await time.pass(0);
    const fate = await link.submit(PART);
    assert.equal(fate.is, 'later');
    await time.pass(600_000);
    const attempts = 100 - centre.refusing;
    // Three quarters of 1, 2, 4 … 60 s: six short waits, and 45 s from then on.
    assert.ok(attempts >= 15 && attempts <= 20, `${attempts} in ten minutes`);
    assert.ok(told.includes('No connection: connection refused'));
    centre.refusing = 0;
    await time.pass(60_000);
    assert.equal(link.health().state, 'up');
  });

  test('waits long after a wrong password, and says so', async () => {
    const refuse = () => ({ status: 0x0e });
    const { centre, link, time, told } = await openStage({}, undefined, refuse);
    await time.pass(40_000);
    assert.equal(centre.sockets.length, 1);
    assert.match(told[0] ?? '', /refused the bind: invalid password \(0x0E\)/);
    centre.reply = () => ({});
    await time.pass(10_000);
    assert.equal(link.health().state, 'up');
  });

  test('says that a name is too long for the bind', async () => {
    const { centre, told, time, link } = await openStage({ system_id: 'x'.repeat(16) });
    assert.match(told[0] ?? '', /system_id is longer than 15 letters/);
    await time.pass(40_000);
    assert.equal(centre.sockets.length, 1);
    assert.equal(link.health().state, 'down');
  });

  test('asks after silence, and leaves a carrier that is dead', async () => {
    const { centre, time, told } = await openStage();
    await time.pass(LINK.idle_ms);
    assert.equal(centre.all('enquire_link').length, 1);
    assert.equal(centre.sockets.length, 1);
    centre.reply = silentOn('enquire_link');
    await time.pass(LINK.idle_ms + 2 * LINK.answer_ms + 2_000);
    assert.ok(told.includes('The carrier no longer answers'));
    assert.equal(centre.sockets.length, 2);
  });

  test('answers the questions of the carrier, and its goodbye', async () => {
    const { centre, time, link } = await openStage();
    centre.send(pduOf('enquire_link', 77));
    centre.send(pduOf('unbind', 78));
    await time.settle();
    assert.deepEqual(
      centre.heard.slice(-2).map((pdu) => [pdu.command, pdu.sequence]),
      [
        ['enquire_link_resp', 77],
        ['unbind_resp', 78],
      ],
    );
    assert.equal(link.health().state, 'down');
    await time.pass(2_000);
    assert.equal(link.health().state, 'up');
  });

  test('goes on after a PDU that it cannot read', async () => {
    const { centre, time, link } = await openStage();
    // A text of 200 octets in a PDU of 30, and a command that does not exist.
    const broken = Buffer.from(
      '0000002400000005000000000000000900000000000000000000000000000000c8000000',
      'hex',
    );
    centre.socket.write(broken);
    centre.socket.write(Buffer.from('0000001000000777000000000000000a', 'hex'));
    await time.settle();
    assert.deepEqual(
      centre.all('generic_nack').map((pdu) => [pdu.sequence, pdu.status]),
      [
        [9, 0x02],
        [10, 0x03],
      ],
    );
    assert.equal((await link.submit(PART)).is, 'accepted');
  });

  test('acknowledges a message after it is durable, and asks again for a lost one', async () => {
    const kept = Promise.withResolvers<number>();
    let calls = 0;
    const { centre, time } = await openStage({}, () => {
      calls += 1;
      return calls === 1 ? kept.promise : Promise.reject(new Error('the disk is full'));
    });
    centre.send(pduOf('deliver_sm', 5));
    await time.pass(60_000);
    assert.equal(centre.all('deliver_sm_resp').length, 0);
    kept.resolve(0);
    centre.send(pduOf('data_sm', 6));
    await time.settle();
    const answers = [...centre.all('deliver_sm_resp'), ...centre.all('data_sm_resp')];
    assert.deepEqual(
      answers.map((pdu) => [pdu.sequence, pdu.status]),
      [
        [5, 0],
        [6, 0x64],
      ],
    );
  });

  test('reads no more messages than it can record', async () => {
    const heard: (() => void)[] = [];
    const { centre, time } = await openStage(
      {},
      () => new Promise((done) => heard.push(() => done(0))),
    );
    for (let count = 0; count < 200; count += 1) {
      centre.send(pduOf('deliver_sm', count + 1, { short_message: Buffer.alloc(250) }));
    }
    await time.settle();
    const first = heard.length;
    assert.ok(first < 200, `${first} at once`);
    for (let at = 0; at < 200; at += 1) {
      heard[at]?.();
      await time.settle();
    }
    assert.equal(centre.all('deliver_sm_resp').length, 200);
  });

  test('refuses a value that is too long, without a byte on the wire', async () => {
    const { centre, link } = await openStage();
    const fate = await link.submit({ fields: { source_addr: 'x'.repeat(30) } });
    assert.equal(fate.is, 'refused');
    assert.equal(centre.all('submit_sm').length, 0);
  });

  test('waits for answers under way when it stops', async () => {
    const { centre, link, time } = await openStage({}, undefined, silentOn('submit_sm'));
    const fate = link.submit(PART);
    await time.settle();
    const stopped = link.stop();
    const [request] = centre.all('submit_sm');
    centre.send(pduOf('submit_sm_resp', request?.sequence ?? 0, { fields: { message_id: '7' } }));
    await time.settle();
    assert.deepEqual(await fate, { is: 'accepted', ref: '7' });
    await stopped;
    assert.equal(centre.all('unbind').length, 1);
  });
});

suite('a message of several parts', () => {
  const LONG = partsOf('a'.repeat(400), { split: 'udh8', alphabet: 'gsm' }, 1);
  const ENVELOPE = { from: 'Tieline', to: '+4915123456789', valid_ms: 90_061_000 };

  test('goes out part by part, with addresses, validity and a wish for receipts', async () => {
    const { centre, link, time } = await openStage();
    const fate = await submitMessage(link, LONG, ENVELOPE, time);
    assert.deepEqual(fate, { is: 'accepted', refs: ['2', '3', '4'] });
    const [submit] = centre.all('submit_sm');
    assert.equal(submit?.fields['source_addr_ton'], 5);
    assert.equal(submit.fields['destination_addr'], '4915123456789');
    assert.equal(submit.fields['validity_period'], '000001010101000R');
    assert.equal(submit.fields['registered_delivery'], 1);
  });

  test('sends the rest later when the carrier throttles in between, and no part twice', async () => {
    let submits = 0;
    const { centre, link, time } = await openStage({}, undefined, (pdu) => {
      if (pdu.command === 'submit_sm') submits += 1;
      return pdu.command === 'submit_sm' && submits === 2 ? { status: 0x58 } : {};
    });
    const fate = submitMessage(link, LONG, ENVELOPE, time);
    await time.pass(10_000);
    assert.equal((await fate).is, 'accepted');
    const numbers = centre.all('submit_sm').map((pdu) => pdu.short_message[5]);
    assert.deepEqual(numbers, [1, 2, 2, 3], 'only the refused part goes again');
  });

  test('is unknown when the rest cannot follow, and waits whole when nothing left', async () => {
    let submits = 0;
    const { link, time } = await openStage({}, undefined, (pdu) => {
      if (pdu.command !== 'submit_sm') return {};
      submits += 1;
      return submits === 1 ? {} : { status: 0x08 };
    });
    const fate = submitMessage(link, LONG, ENVELOPE, time);
    await time.pass(2 * REST_MS);
    const { is, ...rest } = await fate;
    assert.deepEqual([is, 'taken' in rest && rest.taken], ['unknown', { refs: ['2'], parts: 3 }]);
    assert.equal((await submitMessage(link, LONG, ENVELOPE, time)).is, 'later');
  });
});
