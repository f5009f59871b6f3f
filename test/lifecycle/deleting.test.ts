import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALL_STATUSES, isLive } from '../../src/calls/call.ts';
import { hasEnded, MESSAGE_STATUSES, type MessageStatus } from '../../src/messages/message.ts';
import { aNumber, assertCode, messagesOf, pass, read, send } from '../support/messages.ts';
import { aReceivedMessage } from '../support/tenant.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { someCalls } from '../support/things-of-calls.ts';

const TEN_HOURS_MS = 10 * 60 * 60_000;

/** A message with a file, in a state, without further tasks of the carrier. */
async function aMessageThatIs(app: TestApp, account: TestAccount, status: MessageStatus) {
  const { message_sid, media_sid } = await aReceivedMessage(app, account.sid);
  await app.app.database.write((tx) =>
    tx.updateTable('messages').set({ status }).where('sid', '=', message_sid).execute(),
  );
  const path = `${messagesOf(account)}/${message_sid}`;
  return { path: `${path}.json`, media: `${path}/Media/${media_sid}.json` };
}

onEveryEngine('deleting', (engine) => {
  test('removes a final message in any state, with its body and files', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    for (const status of MESSAGE_STATUSES) {
      const { path, media } = await aMessageThatIs(app, account, status);
      const takes = async () => [
        (await app.post(path, login, { Body: '' })).status,
        (await app.request('DELETE', media, { login })).status,
        (await app.request('DELETE', path, { login })).status,
      ];
      if (hasEnded({ status })) assert.deepEqual(await takes(), [200, 204, 204], status);
      else {
        assert.deepEqual(await takes(), [409, 409, 409], status);
        assertCode(await app.request('DELETE', path, { login }), 409, 20009);
        assert.equal((await app.get(path, login)).json.body, 'CANARY');
      }
    }
  });

  test('removes a message without a delivery report when no report can come any more', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    await aNumber(app, account);
    const { sid } = await send(app, account, { To: '+14155550003' });
    const path = `${messagesOf(account)}/${sid}.json`;
    await pass(app);
    assert.equal((await read(app, account, sid)).status, 'sent');
    assertCode(await app.request('DELETE', path, { login }), 409, 20009);
    app.advance(TEN_HOURS_MS - 1_000);
    assertCode(await app.request('DELETE', path, { login }), 409, 20009);
    app.advance(1_000);
    assert.equal((await app.request('DELETE', path, { login })).status, 204);
    assertCode(await app.get(path, login), 404, 20404);
  });

  test('removes a call that has ended in any way', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    const { live_call_sid: sid } = await someCalls(app, account.sid);
    const path = `/2010-04-01/Accounts/${account.sid}/Calls/${sid}.json`;
    for (const status of CALL_STATUSES.filter((one) => isLive({ status: one }))) {
      await app.app.database.write((tx) =>
        tx.updateTable('calls').set({ status }).where('sid', '=', sid).execute(),
      );
      assertCode(await app.request('DELETE', path, { login }), 409, 20009);
    }
    for (const status of CALL_STATUSES.filter((one) => !isLive({ status: one }))) {
      const { live_call_sid } = await someCalls(app, account.sid);
      await app.app.database.write((tx) =>
        tx.updateTable('calls').set({ status }).where('sid', '=', live_call_sid).execute(),
      );
      const ended = path.replace(sid, live_call_sid);
      assert.equal((await app.request('DELETE', ended, { login })).status, 204, status);
    }
  });
});
