import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aNumber,
  assertCode,
  OURS,
  post,
  read,
  receive,
  send,
  THEIRS,
} from '../support/messages.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { httpFarSide, reportTo, upstreamOf } from './carrier-kinds.ts';

onEveryEngine('a recipient who stopped a number at the carrier', (engine) => {
  test('gets nothing more until START comes in, whether the answer or a report told it', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const answers = [{ status: 400, body: '{"code":21610}' }];
    await using far = await httpFarSide(app, (_, index) => answers[index] ?? { status: 202 });
    const restart = async (id: string) => {
      const event = { type: 'message', id, from: THEIRS, to: OURS, body: 'START' };
      assert.deepEqual((await reportTo(app, [event])).json, { results: ['kept'] });
    };
    const refused = await send(app, account);
    await app.deliver();
    assert.equal((await read(app, account, refused.sid)).error_code, 21610);
    assertCode(await post(app, account), 400, 21610);
    await send(app, account, { To: '+14155550177' });
    await restart('in-1');
    const { sid } = await send(app, account);
    await app.deliver();
    const event = { type: 'receipt', sid, state: 'undelivered', code: 21610 };
    assert.deepEqual((await reportTo(app, [event])).json, { results: ['kept'] });
    assertCode(await post(app, account), 400, 21610);
    await restart('in-2');
    await send(app, account);
    const left = far.received.filter(({ body }) => body.includes('Hello'));
    assert.equal(left.length, 3, 'beside the answers to START');
  });

  test('is known from the list of another Tieline', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using upstream = await upstreamOf(app);
    const To = '+15005550198';
    const { sid } = await send(app, account, { To });
    await app.deliver();
    assert.equal((await read(app, account, sid)).error_code, 21610);
    assertCode(await post(app, account, { To }), 400, 21610);
    // The upstream asks us about its messages at the same time, and the STOP must not come last.
    await upstream.app.deliver();
    await receive(upstream.app, { from: To, body: 'START' });
    await upstream.app.deliver();
    await app.deliver();
    const again = await send(app, account, { To });
    await app.deliver();
    assert.equal((await read(app, account, again.sid)).status, 'sent');
  });

  test('gets on with a name, to which nobody can write START', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await using _far = await httpFarSide(app, () => ({ status: 400, body: '{"code":21610}' }));
    const { sid } = await send(app, account, { From: 'Tieline' });
    await app.deliver();
    assert.equal((await read(app, account, sid)).error_code, 21610);
    await send(app, account, { From: 'Tieline' });
  });
});
