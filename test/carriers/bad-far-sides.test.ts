import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '../../src/verify/verify.ts';
import { aNumber, messagesOf, OURS, read, send, THEIRS } from '../support/messages.ts';
import { rawReceiver } from '../support/stub-receiver.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import {
  httpFarSide,
  kannelFarSide,
  reportTo,
  SECRET,
  smppFarSide,
  TOKEN,
  useCarriers,
} from './carrier-kinds.ts';

const TEN_HOURS = 36_000_000;
const MEGABYTES = 16 * 1024 * 1024;
const CLOSED = 'connection: close\r\n';

/** The carriers that are called over HTTP, at an address. */
const CALLED: Readonly<Record<string, (origin: string) => string>> = {
  http: (origin) => `kind: http, url: "${origin}/in", secret: env:SECRET, events_token: env:TOKEN`,
  kannel: (origin) =>
    `kind: kannel, url: "${origin}/in", username: t, password: env:PW, secret: env:SECRET`,
  twilio: (origin) =>
    `kind: twilio, base: "${origin}", account_sid: AC${'5'.repeat(32)}, auth_token: env:PW`,
};

const answerOf = (line: string, body: Buffer | string, length = Buffer.byteLength(body)) =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 ${line}\r\n${CLOSED}content-length: ${length}\r\n\r\n`),
    Buffer.from(body),
  ]);
const taken = (body: Buffer | string, length?: number) => answerOf('202 Accepted', body, length);

/** The bytes of a far side before it closes the connection, and the fate of the message. */
const ANSWERS: Readonly<Record<string, readonly [octets: Buffer, status: string]>> = {
  'closes without a word': [Buffer.alloc(0), 'sending'],
  'closes in the middle of its head': [Buffer.from('HTTP/1.1 202 Acc'), 'sending'],
  'speaks another protocol': [Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'), 'sending'],
  'breaks off in its body': [taken('{"id": "7', 1_000), 'sent'],
  'answers twice': [Buffer.concat([taken('{}'), answerOf('400 Bad Request', '{}')]), 'sent'],
  'answers with 16 MB': [taken(Buffer.alloc(MEGABYTES, 'a')), 'sent'],
  'answers in another charset': [taken(Buffer.from('{"id":"Ж"}', 'utf16le')), 'sent'],
  'names ids with letters that no text has': [
    taken(JSON.stringify({ id: 'a\0b\ud800', sid: '\0\udfff' })),
    'sent',
  ],
  'names no id but a list': [taken('[{"id":{}}]'), 'sent'],
  'refuses in such letters': [
    answerOf('400 Bad Request', JSON.stringify({ code: '\0', message: 'a\0\ud800'.repeat(9_000) })),
    'failed',
  ],
};

async function bodiesOf(app: TestApp, account: TestAccount): Promise<string[]> {
  const { status, json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
  assert.equal(status, 200);
  return json.messages.map(({ body }: { body: string }) => body);
}

for (const [kind, fields] of Object.entries(CALLED)) {
  onEveryEngine(`a far side of the kind ${kind} that misbehaves`, (engine) => {
    test('gets each message once, whatever it answers, and the books agree', async () => {
      await using app = await testApp({ engine });
      const account = await app.anAccount();
      await aNumber(app, account);
      for (const [name, [octets, status]] of Object.entries(ANSWERS)) {
        let messages = 0;
        await using far = await rawReceiver((socket) => {
          socket.once('data', (request: Buffer) => {
            // Questions about a message are no messages.
            if (/^(?:POST|GET \/in)/.test(request.toString('latin1'))) messages += 1;
            socket.end(octets);
          });
        });
        const carriers = `carriers: { far: { ${fields(`http://127.0.0.1:${far.port}`)} } }`;
        const secrets = { SECRET, TOKEN, PW: SECRET };
        useCarriers(app, `${carriers}\nroutes: { messages: [{ by: far }] }\n`, secrets);
        const { sid } = await send(app, account, { Body: name });
        await app.deliver();
        assert.equal((await read(app, account, sid)).status, status, name);
        app.advance(TEN_HOURS);
        await app.deliver();
        assert.equal(messages, 1, name);
        const end = status === 'sending' ? 'undelivered' : status;
        assert.equal((await read(app, account, sid)).status, end, name);
      }
      const { found, differences } = await verify(app.app);
      assert.equal(found, 0, JSON.stringify(differences));
    });
  });
}

onEveryEngine('a message that comes in with letters that no text has', (engine) => {
  const BAD = 'a\0b\u000b\ufffe';
  const READ = 'a\ufffdb\ufffd\ufffd';

  test('is kept over HTTP, with signs in their places, and so is a report', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await httpFarSide(app, () => ({ status: 202 }));
    const { sid } = await send(app, account);
    await app.deliver();
    const events = [
      { type: 'message', id: 'in\0\ud800', from: 'A\0B', to: OURS, body: `${BAD}\ud800` },
      { type: 'receipt', sid, state: 'undelivered', code: 30003, detail: BAD },
    ];
    for (let time = 0; time < 2; time += 1) {
      const reply = await reportTo(app, events);
      assert.equal(reply.status, 200, reply.text);
    }
    assert.deepEqual(await bodiesOf(app, account), [`${READ}\ufffd`, 'Hello']);
    assert.equal((await read(app, account, sid)).status, 'undelivered');
  });

  test('is kept over Kannel', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await kannelFarSide(app, () => ({ status: 202 }));
    const query = new URLSearchParams({ key: SECRET, from: 'A\0B', to: OURS, id: '1', text: BAD });
    const reply = await app.request('GET', `/_carrier/far/in?${query.toString()}`);
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(await bodiesOf(app, account), [READ]);
  });

  test('is kept over SMPP', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await smppFarSide(app, () => ({}));
    const source_addr = THEIRS.slice(1);
    const fields = { source_addr, destination_addr: OURS.slice(1), data_coding: 8 };
    const short_message = Buffer.from(BAD, 'utf16le').swap16();
    assert.equal(await far.deliver({ fields, short_message }), 0);
    assert.deepEqual(await bodiesOf(app, account), [READ]);
  });
});
