import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCallee,
  aFinishedIncoming,
  aNumber,
  anApplication,
  anIncomingCall,
  notesOf,
  OUTSIDE,
  requestsTo,
  settle,
  tasksLeft,
  twiml,
  usageOf,
  verbsOf,
} from '../support/calls.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

onEveryEngine('a call that dials others', (engine) => {
  const dialling = (inner: string, attributes = 'action="/after"') => ({
    '/voice': `<Dial ${attributes}>${inner}</Dial><Say>Unheard</Say>`,
    '/after': '<Say>Goodbye</Say>',
  });

  test('connects the callee who answers, and reports the outcome', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication(dialling('+15005559876'));
    const callee = await aCallee(app, asked.origin);
    const call = await aFinishedIncoming(app, callee);
    const { calls } = (
      await app.get(`${callee.calls}.json?ParentCallSid=${call.sid}`, callee.login)
    ).json;
    const [child] = calls;
    assert.deepEqual(
      [child.direction, child.from, child.to, child.status, child.duration, child.forwarded_from],
      ['outbound-dial', OUTSIDE, '+15005559876', 'completed', '20', callee.number],
    );
    const [after] = requestsTo(asked, '/after');
    assert.equal(after?.['DialCallStatus'], 'completed');
    assert.equal(after?.['DialCallSid'], child.sid);
    assert.equal(after?.['DialCallDuration'], '20');
    assert.deepEqual([call.status, call.duration], ['completed', '26']);
    assert.deepEqual(await verbsOf(app, callee, call.sid), ['Dial', 'Say']);
    const usage = await usageOf(app, callee);
    assert.deepEqual(
      [usage['calls-inbound-local'], usage['calls-outbound']],
      ['1 1 0.0085', '1 1 0.014'],
    );
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('reports callees who do not answer, each with its reason', async () => {
    await using app = await testApp({ engine });
    for (const [number, status] of [
      ['+15005550002', 'busy'],
      ['+15005550003', 'no-answer'],
      ['+15005550004', 'failed'],
      ['+15005550001', 'failed'],
      ['nobody', 'failed'],
    ] as const) {
      await using asked = await anApplication(dialling(number));
      const callee = await aCallee(app, asked.origin);
      const call = await aFinishedIncoming(app, callee);
      assert.equal(requestsTo(asked, '/after')[0]?.['DialCallStatus'], status, number);
      assert.equal(call.status, 'completed');
    }
  });

  test('goes on in its document when there is no action', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication(dialling('+15005550002', ''));
    const callee = await aCallee(app, asked.origin);
    const call = await aFinishedIncoming(app, callee);
    assert.deepEqual(await verbsOf(app, callee, call.sid), ['Dial', 'Say']);
    assert.equal(requestsTo(asked, '/after').length, 0);
  });

  test('calls several at the same time or in turn, and speaks first to the one who answers', async () => {
    await using app = await testApp({ engine });
    const numbers =
      '<Number>+15005550002</Number><Number url="/whisper">+15005559876</Number><Number>+15005559877</Number>';
    const statuses = async (attributes: string) => {
      await using asked = await anApplication({
        ...dialling(numbers, `action="/after" ${attributes}`),
        '/whisper': '<Say>A call for you</Say>',
      });
      const callee = await aCallee(app, asked.origin);
      await aFinishedIncoming(app, callee);
      const { calls } = (await app.get(`${callee.calls}.json`, callee.login)).json;
      const legs = calls.filter(({ direction }: { direction: string }) => direction !== 'inbound');
      const after = requestsTo(asked, '/after')[0]?.['DialCallStatus'];
      return { after, legs: legs.map(({ status }: { status: string }) => status).toSorted() };
    };
    assert.deepEqual(await statuses(''), {
      after: 'completed',
      legs: ['busy', 'canceled', 'completed'],
    });
    assert.deepEqual(await statuses('sequential="true"'), {
      after: 'completed',
      legs: ['busy', 'completed'],
    });
  });

  test('stops calling the others when somebody answers', async () => {
    await using app = await testApp({ engine });
    // The second call would fail after a while.
    const numbers = '<Number>+15005559876</Number><Number>+15005550004</Number>';
    await using asked = await anApplication(dialling(numbers));
    const callee = await aCallee(app, asked.origin);
    const { sid } = await anIncomingCall(app, { to: callee.number });
    await settle(app, 600);
    const { calls } = (await app.get(`${callee.calls}.json?Status=canceled`, callee.login)).json;
    assert.deepEqual(
      calls.map(({ to, parent_call_sid }: Record<string, string>) => [to, parent_call_sid]),
      [['+15005550004', sid]],
    );
    await settle(app);
    assert.equal(requestsTo(asked, '/after')[0]?.['DialCallStatus'], 'completed');
  });

  test('rings a number of another account here, which runs its own application', async () => {
    await using app = await testApp({ engine });
    await using there = await anApplication({ '/voice': '<Say>Hello</Say><Pause length="69"/>' });
    const far = await aCallee(app, there.origin);
    await using asked = await anApplication(dialling(far.number));
    const callee = await aCallee(app, asked.origin);
    const call = await aFinishedIncoming(app, callee);
    assert.equal(requestsTo(asked, '/after')[0]?.['DialCallDuration'], '70');
    assert.equal(requestsTo(there, '/voice')[0]?.['From'], OUTSIDE);
    const { calls } = (await app.get(`${far.calls}.json`, far.login)).json;
    assert.deepEqual(
      calls.map(({ direction, duration, from }: Record<string, string>) => [
        direction,
        duration,
        from,
      ]),
      [['inbound', '70', OUTSIDE]],
    );
    assert.equal((await usageOf(app, far))['calls-inbound-local'], '1 2 0.017');
    assert.equal((await usageOf(app, callee))['calls-outbound'], '1 2 0.028');
    assert.equal(call.status, 'completed');
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('gets busy from an application of the same server, and a circle of dials ends', async () => {
    await using app = await testApp({ engine });
    await using rejecting = await anApplication({ '/voice': '<Reject reason="busy"/>' });
    const busy = await aCallee(app, rejecting.origin);
    await using asked = await anApplication(dialling(busy.number));
    const callee = await aCallee(app, asked.origin);
    await aFinishedIncoming(app, callee);
    assert.equal(requestsTo(asked, '/after')[0]?.['DialCallStatus'], 'busy');

    await using circle = await webhookReceiver(() => twiml(`<Dial>${next}</Dial>`));
    const one = await aCallee(app, circle.origin);
    const next = await aNumber(app, one.account, one.login, { VoiceUrl: `${circle.origin}/voice` });
    const call = await aFinishedIncoming(app, one);
    assert.equal(call.status, 'completed');
    assert.ok(circle.received.length <= 11, String(circle.received.length));
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('may not show a number of somebody else', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication(
      dialling('+15005559876', 'callerId="+15005554321" action="/after"'),
    );
    const callee = await aCallee(app, asked.origin);
    const call = await aFinishedIncoming(app, callee);
    assert.equal(requestsTo(asked, '/after')[0]?.['DialCallStatus'], 'failed');
    assert.match((await notesOf(app, callee, call.sid)).join(), /may not call as/);
  });

  test('is ended by a request, with all the calls that it dialled', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication(dialling('+15005559876'));
    const callee = await aCallee(app, asked.origin);
    const { sid } = await anIncomingCall(app, { to: callee.number });
    await settle(app, 10);
    app.advance(500);
    await app.deliver();
    const ended = await app.post(`${callee.calls}/${sid}.json`, callee.login, {
      Status: 'completed',
    });
    assert.equal(ended.json.status, 'completed');
    const { calls } = (await app.get(`${callee.calls}.json`, callee.login)).json;
    for (const { status } of calls) assert.match(status, /^(completed|canceled)$/);
    assert.equal(calls.length, 2);
    await settle(app);
    assert.equal(requestsTo(asked, '/after').length, 0);
    assert.deepEqual(await tasksLeft(app), []);
  });
});
