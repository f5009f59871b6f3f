import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import { ANSWER_MS } from '../../src/twiml/fetch-answer.ts';
import { requestTwiml, type TwimlWanted } from '../../src/twiml/request-twiml.ts';
import { httpReceiver, rawReceiver } from '../support/stub-receiver.ts';
import { onEveryEngine, type TestAccount, type TestApp, testApp } from '../support/test-app.ts';
import { type Answer, type Received, webhookReceiver } from '../support/webhook-receiver.ts';

const HANGUP = '<Response><Hangup/></Response>';
const XML = { 'content-type': 'text/xml' };
const twiml = (body: string, headers: Record<string, string> = XML): Answer => ({
  status: 200,
  headers,
  body,
});
const to = (location: string, status = 302): Answer => ({ status, headers: { location } });

/** Requests TwiML, with defaults for missing options. */
function ask(
  { app }: Pick<TestApp, 'app'>,
  account: Pick<TestAccount, 'sid'>,
  url: string,
  wanted: Partial<TwimlWanted> = {},
) {
  return requestTwiml(app, {
    account_sid: account.sid,
    root_sid: account.sid,
    url_by_grant: null,
    url,
    method: 'POST',
    fallback_url: null,
    fallback_method: 'POST',
    parameters: { CallSid: 'CA1', From: '+15005550006' },
    channel: 'voice',
    conversation: 'CA1',
    ...wanted,
  });
}

/** Whether the official SDK accepts the signature of a request by this token. */
function isSigned(token: string, { method, url, headers, body }: Received): boolean {
  const parameters = method === 'POST' ? Object.fromEntries(new URLSearchParams(body)) : {};
  return twilio.validateRequest(token, headers['x-twilio-signature'] ?? '', url, parameters);
}

onEveryEngine('TwiML is asked for', (engine) => {
  test('by a signed POST or GET, and the answer is run', async () => {
    await using story = await testApp({ engine });
    const account = await story.anAccount();
    await using receiver = await webhookReceiver(() => twiml(HANGUP));
    const url = `${receiver.origin}/voice?a=b`;
    const answer = await ask(story, account, url);
    await ask(story, account, url, { method: 'GET' });

    assert.deepEqual(
      answer.document?.verbs.map(({ name }) => name),
      ['Hangup'],
    );
    assert.deepEqual([answer.text, answer.base_url, answer.error], [HANGUP, url, null]);
    const [post, get] = receiver.received;
    assert.ok(post && get);
    assert.equal(post.body, 'CallSid=CA1&From=%2B15005550006');
    assert.equal(post.headers['user-agent'], 'TwilioProxy/1.1 (Tieline)');
    assert.equal(get.url, `${url}&CallSid=CA1&From=%2B15005550006`);
    for (const request of [post, get]) assert.ok(isSigned(account.auth_token, request));
    assert.deepEqual(
      answer.entries.map(({ kind }) => kind),
      ['request', 'twiml'],
    );
    assert.equal(answer.entries[0]?.detail['status'], 200);
    assert.equal(answer.entries[1]?.detail['text'], HANGUP);
  });

  test('by an app in the name of its owner', async () => {
    await using story = await testApp({ engine });
    const owner = await story.anAccount();
    const customer = await story.anAccount();
    const grant = await story.aGrant(await story.aConnectApp(owner), customer);
    await using receiver = await webhookReceiver(() => twiml(HANGUP));
    const url_by_grant = grant.sid;
    await ask(story, { sid: grant.subaccount_sid }, receiver.origin, { url_by_grant });
    const [request] = receiver.received;
    assert.ok(request && isSigned(owner.auth_token, request));
  });
});

onEveryEngine('an answer with TwiML', (engine) => {
  test('is XML, text, audio or nothing', async () => {
    await using story = await testApp({ engine });
    const account = await story.anAccount();
    const answers: Record<string, Answer> = {
      '/html': twiml(HANGUP, { 'content-type': 'text/html; charset=utf-8' }),
      '/app': twiml(HANGUP, { 'content-type': 'Application/XML' }),
      '/text': twiml(' Fish & <Chips>\u0007 ', { 'content-type': 'text/plain' }),
      '/audio': twiml('RIFF', { 'content-type': 'audio/wav' }),
      '/empty': { status: 200 },
      '/none': { status: 204 },
    };
    await using receiver = await webhookReceiver(({ url }) => answers[new URL(url).pathname]!);
    const textOf = async (path: string, channel: TwimlWanted['channel'] = 'voice') => {
      const answer = await ask(story, account, receiver.origin + path, { channel });
      assert.equal(answer.error, null);
      return answer.text;
    };
    assert.equal(await textOf('/html'), HANGUP);
    assert.equal(await textOf('/app'), HANGUP);
    const said = 'Fish &amp; &lt;Chips&gt;\uFFFD';
    assert.equal(await textOf('/text'), `<Response><Say>${said}</Say></Response>`);
    assert.equal(
      await textOf('/text', 'messaging'),
      `<Response><Message>${said}</Message></Response>`,
    );
    const played = `<Response><Play>${receiver.origin}/audio</Play></Response>`;
    assert.equal(await textOf('/audio'), played);
    assert.deepEqual([await textOf('/empty'), await textOf('/none')], ['', '']);
  });

  test('is read in its stated encoding', async () => {
    await using story = await testApp({ engine });
    const account = await story.anAccount();
    const latin = Buffer.from('<Response><Say>Grüße</Say></Response>', 'latin1');
    const declared = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?>');
    const utf16 = Buffer.from('\uFEFF<Response><Say>Grüße</Say></Response>', 'utf16le');
    await using receiver = await httpReceiver(({ url }, response) => {
      if (url === '/header') response.setHeader('content-type', 'text/xml; charset="latin1"');
      else if (url === '/wide') response.setHeader('content-type', 'text/xml; charset=utf-16');
      else response.setHeader('content-type', 'text/xml');
      if (url === '/wide') response.end(utf16);
      else response.end(url === '/header' ? latin : Buffer.concat([declared, latin]));
    });
    for (const path of ['header', 'declared', 'wide']) {
      const { document } = await ask(story, account, `http://127.0.0.1:${receiver.port}/${path}`);
      assert.equal(document?.verbs[0]?.text, 'Grüße', path);
    }
  });

  test('is refused with another type, broken XML or too many bytes', async () => {
    await using story = await testApp({ engine });
    const account = await story.anAccount();
    const bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Response>&b;</Response>';
    const cases: readonly (readonly [Answer, number, RegExp])[] = [
      [twiml('{}', { 'content-type': 'application/json' }), 12300, /type application\/json;/],
      [twiml(HANGUP, {}), 12300, /has no content type/],
      [twiml('<Response>'), 12100, /line 1, column 10: unclosed tag: Response/],
      [twiml(`\n<?xml version="1.0"?>${HANGUP}`), 12100, /must be at the start/],
      [twiml('<html/>'), 12102, /is html and must be Response/],
      [twiml('<Response version="3"/>'), 12101, /version of Response does not exist/],
      [twiml(bomb), 12100, /a document type is not allowed|declaration is not allowed/],
      [twiml(`<Response>${'<A/>'.repeat(10_000)}</Response>`), 12100, /more than 10000 elements/],
      [twiml(`<Response>${'<A/>'.repeat(100_000)}</Response>`), 11750, /longer than 65536/],
      [twiml(HANGUP, { ...XML, 'content-encoding': 'br' }), 11200, /compressed \(br\)/],
      [{ status: 404 }, 11200, /answered 404\./],
      [{ status: 500, headers: XML, body: HANGUP }, 11200, /answered 500\./],
      [{ status: 302 }, 11216, /answered 302 without saying where to/],
      [{ status: 304, headers: { location: '/' } }, 11216, /answered 304\./],
    ];
    await using receiver = await webhookReceiver((_request, index) => cases[index]![0]);
    for (const [, code, message] of cases) {
      const { document, error, entries, text } = await ask(story, account, receiver.origin);
      assert.deepEqual([document, text, error?.code], [null, '', code]);
      assert.match(error?.message ?? '', message);
      const followed =
        'There is no fallback URL, so the caller heard an error message, and the call ended.';
      assert.deepEqual(entries.at(-1)?.detail, { ...error, url: receiver.origin, followed });
    }
  });
});

onEveryEngine('a hostile receiver of a TwiML request', (engine) => {
  test('may hang, send a gigabyte, break off or be unreachable', async () => {
    await using story = await testApp({ engine });
    const account = await story.anAccount();
    const codeOf = async (port: number, fragment = '#rc=0') => {
      const { error } = await ask(story, account, `http://127.0.0.1:${port}/${fragment}`);
      return error?.code;
    };
    await using silent = await rawReceiver(() => {});
    assert.equal(await codeOf(silent.port, '#rt=100'), 11200);
    await silent.released();

    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n';
    await using endless = await rawReceiver((socket) => {
      socket.write(`${head}content-length: 1073741824\r\n\r\n`);
      const pour = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'a')));
      };
      socket.on('drain', pour);
      pour();
    });
    assert.equal(await codeOf(endless.port), 11750);
    await endless.released();

    await using broken = await rawReceiver((socket) => {
      socket.end(`${head}content-length: 100\r\n\r\n${HANGUP}`);
    });
    assert.equal(await codeOf(broken.port), 11200);

    // One byte now and then keeps a connection alive, but not beyond the total time.
    await using dripping = await rawReceiver((socket) => {
      socket.write(`${head}content-length: 1000\r\n\r\n`);
      const drip = setInterval(() => socket.write(' '), 20);
      socket.on('close', () => clearInterval(drip));
    });
    assert.equal(await codeOf(dripping.port, '#rt=5000&tt=300'), 11200);

    await using gone = await rawReceiver(() => {});
    await gone[Symbol.asyncDispose]();
    assert.equal(await codeOf(gone.port), 11205);
  });

  test("gets another request only as the URL's fragment says", async () => {
    await using story = await testApp({ engine });
    const account = await story.anAccount();
    await using receiver = await webhookReceiver((_request, index) =>
      index < 2 ? { status: 503 } : twiml(HANGUP),
    );
    const once = await ask(story, account, `${receiver.origin}/#rc=5`);
    assert.deepEqual([once.error?.code, receiver.received.length], [11200, 1]);
    const again = await ask(story, account, `${receiver.origin}/#rc=5&rp=5xx`);
    assert.deepEqual([again.error, receiver.received.length], [null, 3]);
    const [, first, second] = receiver.received;
    const tokenOf = (received?: Received) => received?.headers['i-twilio-idempotency-token'];
    assert.ok(tokenOf(first));
    assert.equal(tokenOf(first), tokenOf(second));
  });

  test('may lead to forbidden addresses', async () => {
    await using story = await testApp({ engine, resolve: async () => ['169.254.169.254'] });
    const account = await story.anAccount();
    await using receiver = await webhookReceiver(({ url }) =>
      to(url.endsWith('/meta') ? 'http://metadata.example/latest' : 'file:///etc/passwd'),
    );
    for (const path of ['/meta', '/file']) {
      const { error, document } = await ask(story, account, receiver.origin + path);
      assert.deepEqual([document, error?.code], [null, 11100], path);
    }
    for (const url of ['nowhere', '', 'ftp://example.com/', 'http://10.0.0.1/']) {
      assert.equal((await ask(story, account, url)).error?.code, 11100, url);
    }
    const none = await ask(story, { sid: `AC${'0'.repeat(32)}` }, receiver.origin);
    assert.equal(none.error?.code, 11200);
  });
});

test('the time for TwiML, both URLs together, is shorter than the lease of a task', async () => {
  const { TASK_LEASE_MS } = await import('../../src/jobs/task.ts');
  assert.ok(2 * ANSWER_MS < TASK_LEASE_MS);
});
