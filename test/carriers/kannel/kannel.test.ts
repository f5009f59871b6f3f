import assert from 'node:assert/strict';
import { EventEmitter, on } from 'node:events';
import { test } from 'node:test';
import { lineUpOf } from '../../../src/carriers/line-up.ts';
import { type Pdu, textOf } from '../../../src/carriers/smpp/pdu.ts';
import { verify } from '../../../src/verify/verify.ts';
import { aNumber, messagesOf, OURS, read, send, THEIRS, usageOf } from '../../support/messages.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';
import { useCarriers } from '../carrier-kinds.ts';
import { openCentre } from '../smpp/centre.ts';
import { KANNEL, KANNEL_USER, startKannel } from './kannel.ts';

const SECRET = 'a-secret-of-both-sides';
const WRONG = '+15005550001';

/** Kannel between a server and a message centre. Both sides are heard in the order of events. */
async function kannelBetween(app: TestApp) {
  const events = new EventEmitter();
  const [submits, heard] = [on(events, 'submit'), on(events, 'heard')];
  const centre = await openCentre((submit, index) => {
    events.emit('submit', submit);
    const isWrong = `+${textOf(submit, 'destination_addr')}` === WRONG;
    return isWrong ? { status: 0x0b } : { fields: { message_id: String(index + 1) } };
  });
  const ours = await webhookReceiver(async ({ method, url }) => {
    const { pathname, search } = new URL(url);
    const { status, text } = await app.request(method, pathname + search);
    events.emit('heard', status, pathname);
    return { status, headers: { 'content-type': 'text/plain' }, body: text };
  });
  app.app.home.origin = ours.origin;
  const getUrl = `${ours.origin}/_carrier/k/in?key=${SECRET}&id=%I&from=%p&to=%P&charset=%C&text=%b`;
  const kannel = await startKannel(centre.port, getUrl);
  const field = `kind: kannel, url: "${kannel.url}", username: ${KANNEL_USER.username}`;
  const callBy = (method: string) => {
    const file = `
carriers: { k: { ${field}, password: env:PW, secret: env:S, method: ${method} } }
routes: { messages: [{ by: k }] }
`;
    useCarriers(app, file, { PW: KANNEL_USER.password, S: SECRET });
  };
  callBy('get');
  const next = async (from: ReturnType<typeof on>) => (await from.next()).value as unknown[];
  return {
    centre,
    callBy,
    nextSubmit: async (): Promise<Pdu> => (await next(submits))[0] as Pdu,
    /** The status with which the next request of Kannel was answered. */
    nextHeard: async (): Promise<number> => (await next(heard))[0] as number,
    receipt: (id: number, stat: string, err = '000') => {
      const text = `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:${stat} err:${err} text:`;
      return centre.deliver({
        fields: { esm_class: 4, source_addr: THEIRS.slice(1), destination_addr: OURS.slice(1) },
        short_message: Buffer.from(text),
      });
    },
    async [Symbol.asyncDispose]() {
      await kannel[Symbol.asyncDispose]();
      await centre[Symbol.asyncDispose]();
      await ours[Symbol.asyncDispose]();
    },
  };
}

if (KANNEL !== undefined) {
  onEveryEngine('a real Kannel', (engine) => {
    test('takes messages, reports about each, and brings messages in', async () => {
      await using app = await testApp({ engine });
      const account = await app.anAccount();
      await aNumber(app, account);
      await using far = await kannelBetween(app);
      // A text of Cyrillic letters in three parts: one report, one message, three segments.
      const long = 'Щ'.repeat(150);
      const wide = await send(app, account, { Body: long });
      await app.deliver();
      let text = '';
      for (let part = 1; part <= 3; part += 1) {
        const { fields, short_message } = await far.nextSubmit();
        assert.deepEqual([fields['data_coding'], fields['destination_addr']], [8, THEIRS.slice(1)]);
        assert.deepEqual([...short_message.subarray(3, 6)].slice(1), [3, part]);
        text += Buffer.from(short_message.subarray(6)).swap16().toString('utf16le');
      }
      assert.equal(text, long);
      assert.equal(await far.nextHeard(), 200);
      assert.equal((await read(app, account, wide.sid)).status, 'sent');
      await far.receipt(1, 'DELIVRD');
      assert.equal(await far.nextHeard(), 200);
      assert.equal((await read(app, account, wide.sid)).status, 'delivered');
      assert.equal((await usageOf(app, account, 'sms-outbound')).count, '3');

      const gone = await send(app, account, { Body: 'Price: 5 € [net] & more, 100% + tax' });
      await app.deliver();
      const { fields, short_message } = await far.nextSubmit();
      assert.equal(fields['data_coding'], 0);
      assert.match(short_message.toString('latin1'), /^Price: 5 \x1be \x1b<net\x1b> & more/);
      assert.equal(await far.nextHeard(), 200);
      await far.receipt(4, 'UNDELIV', '027');
      assert.equal(await far.nextHeard(), 200);
      const lost = await read(app, account, gone.sid);
      assert.deepEqual([lost.status, lost.error_code], ['undelivered', 30003]);

      far.callBy('headers');
      assert.equal((await lineUpOf(app.app).wires.get('k')?.probe())?.is_up, true);
      const refused = await send(app, account, { To: WRONG, Body: 'Ünï 100% + ñ Ж' });
      await app.deliver();
      const named = await far.nextSubmit();
      const came = Buffer.from(named.short_message).swap16().toString('utf16le');
      assert.equal(came, 'Ünï 100% + ñ Ж');
      assert.equal(await far.nextHeard(), 200);
      const bad = await read(app, account, refused.sid);
      assert.deepEqual([bad.status, bad.error_code], ['failed', 30005]);

      for (const [coding, octets, body] of [
        [8, Buffer.from('Привет, 100% 😀', 'utf16le').swap16(), 'Привет, 100% 😀'],
        [0, Buffer.from('a  b & c + d'), 'a  b & c + d'],
      ] as const) {
        const ends = { source_addr: THEIRS.slice(1), destination_addr: OURS.slice(1) };
        app.advance(1_000);
        await far.centre.deliver({
          fields: { ...ends, source_addr_ton: 1, dest_addr_ton: 1, data_coding: coding },
          short_message: octets,
        });
        assert.equal(await far.nextHeard(), 200);
        const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
        const [{ from, to, body: text, direction }] = json.messages;
        assert.deepEqual([from, to, text, direction], [THEIRS, OURS, body, 'inbound']);
      }
      assert.deepEqual((await verify(app.app)).differences, []);
    });
  });
}
