import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import {
  aCallee,
  aCaller,
  aFinishedCall,
  aFinishedIncoming,
  anApplication,
  anIncomingCall,
  fetchCall,
  notesOf,
  OUTSIDE,
  parametersOf,
  requestsTo,
  settle,
  tasksLeft,
  usageOf,
  verbsOf,
} from '../support/calls.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

onEveryEngine('a call that an application runs', (engine) => {
  test('comes in, is answered by the first verb that speaks, and follows the entered digits', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({
      '/voice': '<Gather action="/entered" numDigits="2"><Say>Enter</Say></Gather>',
      '/entered': '<Gather input="speech" action="/said"/>',
      '/said': '<Say>Thanks</Say>',
    });
    const callee = await aCallee(app, asked.origin, { StatusCallback: `${asked.origin}/status` });
    const received = await anIncomingCall(app, {
      to: callee.number,
      inputs: ['12#', 'I want a horse'],
      caller_name: 'A rider',
    });
    assert.deepEqual(
      [received.status, received.direction, received.caller_name],
      ['ringing', 'inbound', 'A rider'],
    );
    await settle(app);
    const call = await fetchCall(app, callee, received.sid);
    assert.equal(call.status, 'completed');
    assert.equal(call.price, '-0.0085');
    const [first] = requestsTo(asked, '/voice');
    assert.deepEqual(
      [first?.['CallStatus'], first?.['From'], first?.['To'], first?.['CallerName']],
      ['ringing', OUTSIDE, callee.number, 'A rider'],
    );
    assert.equal(requestsTo(asked, '/entered')[0]?.['Digits'], '12');
    assert.equal(requestsTo(asked, '/entered')[0]?.['CallStatus'], 'in-progress');
    assert.equal(requestsTo(asked, '/said')[0]?.['SpeechResult'], 'I want a horse');
    assert.equal(requestsTo(asked, '/status')[0]?.['CallStatus'], 'completed');
    assert.equal((await usageOf(app, callee))['calls-inbound-local'], '1 1 0.0085');
    for (const request of asked.received) {
      const signature = request.headers['x-twilio-signature'] ?? '';
      const { auth_token } = callee.account;
      const parameters = parametersOf(request);
      assert.ok(twilio.validateRequest(auth_token, signature, request.url, parameters));
    }
  });

  test('is turned away without an answer and without a price', async () => {
    await using app = await testApp({ engine });
    for (const [attributes, status] of [
      ['reason="busy"', 'busy'],
      ['reason="rejected"', 'no-answer'],
      ['', 'no-answer'],
      ['reason="tired"', 'no-answer'],
    ]) {
      await using asked = await anApplication({ '/voice': `<Reject ${attributes}/>` });
      const callee = await aCallee(app, asked.origin);
      const call = await aFinishedIncoming(app, callee);
      assert.deepEqual([call.status, call.duration, call.price], [status, '0', null]);
      assert.equal((await usageOf(app, callee))['calls-inbound'], undefined);
    }
  });

  test('ends when the caller hangs up', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({ '/voice': '<Say>Hello</Say><Pause length="3000"/>' });
    const callee = await aCallee(app, asked.origin);
    const call = await aFinishedIncoming(app, callee, { hang_up_after: 61 });
    assert.deepEqual([call.status, call.duration, call.price], ['completed', '61', '-0.017']);
  });

  test('is not answered when its number has no URL', async () => {
    await using app = await testApp({ engine });
    const callee = await aCaller(app);
    const call = await aFinishedIncoming(app, callee);
    assert.deepEqual([call.status, call.price], ['failed', null]);
    assert.match((await notesOf(app, callee, call.sid)).join(), /no voice URL/);
    const refused = async (body: object) => (await app.control('POST', '/calls', body)).status;
    assert.equal(await refused({ to: OUTSIDE, from: callee.number }), 404);
    assert.equal(await refused({ to: callee.number, from: 'nobody' }), 400);
    assert.equal(await refused({ to: callee.number, from: OUTSIDE, inputs: [1] }), 400);
  });

  test('says an error when neither the URL nor the fallback has a document', async () => {
    await using app = await testApp({ engine });
    const bad = { status: 500 };
    await using asked = await anApplication({
      '/bad': bad,
      '/worse': bad,
      '/good': '<Say>Hello</Say>',
      '/none': '<Say>',
    });
    const caller = await aCaller(app);
    const urls = (Url: string, FallbackUrl: string) => ({
      Url: asked.origin + Url,
      FallbackUrl: asked.origin + FallbackUrl,
    });
    const saved = await aFinishedCall(app, caller, urls('/bad', '/good'));
    assert.deepEqual(await verbsOf(app, caller, saved.sid), ['Say']);
    assert.equal(requestsTo(asked, '/good')[0]?.['ErrorCode'], '11200');
    const lost = await aFinishedCall(app, caller, urls('/bad', '/worse'));
    assert.deepEqual([lost.status, lost.duration], ['completed', '5']);
    const notes = (await notesOf(app, caller, lost.sid)).join();
    assert.match(notes, /answered 500.*heard an error message/);
    const broken = await aFinishedCall(app, caller, { Url: `${asked.origin}/none` });
    assert.deepEqual([broken.status, broken.duration], ['completed', '5']);
  });

  test('sends a message, with its own status callback, and goes on', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({
      '/voice':
        '<Message>Hello</Message><Message action="/sent" from="+15005550006">No</Message><Say>x</Say>',
      '/sent': '<Say>That was it</Say>',
    });
    const callee = await aCallee(app, asked.origin);
    const call = await aFinishedIncoming(app, callee);
    const path = callee.calls.replace(/Calls$/, 'Messages.json');
    const { messages } = (await app.get(path, callee.login)).json;
    assert.deepEqual(
      messages.map(({ body, to, direction }: Record<string, string>) => [body, to, direction]),
      [['Hello', OUTSIDE, 'outbound-call']],
    );
    assert.equal(requestsTo(asked, '/sent')[0]?.['MessageStatus'], 'failed');
    assert.deepEqual(await verbsOf(app, callee, call.sid), ['Message', 'Message', 'Say']);
  });

  test('is stopped after a hundred documents', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({ '/voice': '<Say>Again</Say><Redirect/>' });
    const callee = await aCallee(app, asked.origin);
    const call = await aFinishedIncoming(app, callee);
    assert.equal(call.status, 'completed');
    assert.equal(asked.received.length, 100);
    assert.match((await notesOf(app, callee, call.sid)).join(), /at most 100 documents/);
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('survives hostile applications', async () => {
    await using app = await testApp({ engine });
    const huge = 'x'.repeat(5 * 1024 * 1024);
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Response><Say>&a;</Say></Response>';
    const pages: Record<string, Parameters<typeof anApplication>[0][string]> = {
      '/huge': { status: 200, headers: { 'content-type': 'text/xml' }, body: huge },
      '/bomb': { status: 200, headers: { 'content-type': 'text/xml' }, body: bomb },
      '/loop': { status: 302, headers: { location: '/loop' } },
      '/many': '<Say>a</Say>'.repeat(10_000),
      '/deep': `${'<Gather>'.repeat(50)}${'</Gather>'.repeat(50)}`,
    };
    await using asked = await anApplication(pages);
    const never = Promise.withResolvers<never>();
    await using hanging = await webhookReceiver(() => never.promise);
    const caller = await aCaller(app);
    const urls = [
      ...Object.keys(pages).map((path) => asked.origin + path),
      `${hanging.origin}/#rt=100&ct=100&tt=200`,
      'http://127.0.0.1:1/',
      'http://nowhere.invalid/',
    ];
    for (const Url of urls) {
      const call = await aFinishedCall(app, caller, { Url });
      assert.equal(call.status, 'completed', Url);
      assert.match((await notesOf(app, caller, call.sid)).join(), /heard an error message/, Url);
    }
    assert.deepEqual(await tasksLeft(app), []);
  });

  test("cannot call the platform's own addresses", async () => {
    await using app = await testApp({ engine });
    const origin = await app.listen();
    const caller = await aCaller(app);
    const call = await aFinishedCall(app, caller, {
      Url: `${origin}${caller.calls}.json`,
      StatusCallback: `${origin}/_tieline/reset`,
    });
    assert.equal(call.status, 'completed');
    assert.match((await notesOf(app, caller, call.sid)).join(), /401/);
  });
});
