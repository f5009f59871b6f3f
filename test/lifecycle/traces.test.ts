import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kysely } from 'kysely';
import { KEPT_FOR_EVER } from '../../src/kit/settings/retention-settings.ts';
import { sweepAll } from '../../src/workers.ts';
import { httpFarSide, reportTo } from '../carriers/carrier-kinds.ts';
import { aNumber, messagesOf, OURS, send, THEIRS } from '../support/messages.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const MARK = 'the marker of this text';
const DAY_MS = 86_400_000;

/** The tables and columns that hold the marker, as text, as bytes or in base64. */
async function tracesIn(app: TestApp): Promise<string[]> {
  const db = app.app.database.db as unknown as Kysely<Record<string, Record<string, unknown>>>;
  const found = new Set<string>();
  for (const { name } of await db.introspection.getTables()) {
    for (const row of await db.selectFrom(name).selectAll().execute()) {
      for (const [column, value] of Object.entries(row)) {
        if (hasMark(value)) found.add(`${name}.${column}`);
      }
    }
  }
  return [...found].toSorted((one, other) => one.localeCompare(other));
}

function hasMark(value: unknown): boolean {
  const isBytes = value instanceof Uint8Array;
  const text = isBytes ? Buffer.from(value).toString('latin1') : JSON.stringify(value);
  const base64 = Buffer.from(MARK).toString('base64').slice(0, 20);
  return [MARK, encodeURIComponent(MARK), MARK.replaceAll(' ', '+'), base64].some((form) =>
    text.includes(form),
  );
}

/** Messages of a real carrier in both directions, with files, callbacks and an answer in TwiML. */
async function aMarkedTraffic(app: TestApp, ends: AsyncDisposableStack) {
  const account = await app.anAccount();
  const receiver = ends.use(
    await webhookReceiver(({ url }) => {
      const of = (type: string, body: string) => ({
        status: 200,
        headers: { 'content-type': type },
        body,
      });
      if (url.endsWith('.png')) return of('image/png', MARK);
      const isAsked = url.endsWith('/answer');
      return isAsked
        ? of('text/xml', `<Response><Message>${MARK}</Message></Response>`)
        : { status: 204 };
    }),
  );
  await aNumber(app, account, OURS, { sms_url: `${receiver.origin}/answer` });
  ends.use(await httpFarSide(app, () => ({ status: 202 })));
  const content = Buffer.from(MARK).toString('base64');
  const media = [{ content_type: 'image/png', content }];
  const came = { type: 'message', id: '1', from: THEIRS, to: OURS, body: MARK, media };
  assert.equal((await reportTo(app, [came])).status, 200);
  await send(app, account, {
    Body: MARK,
    MediaUrl: `${receiver.origin}/a.png`,
    StatusCallback: `${receiver.origin}/status`,
  });
  await app.deliver();
  const list = () => app.get(`${messagesOf(account)}.json`, loginOf(account));
  const { json } = await list();
  const sids: string[] = json.messages.map(({ sid }: { sid: string }) => sid);
  assert.equal(sids.length, 3, 'one came in, its answer left, and one was sent');
  const events = json.messages
    .filter(({ direction }: { direction: string }) => direction !== 'inbound')
    .map(({ sid }: { sid: string }) => ({ type: 'receipt', sid, state: 'delivered' }));
  assert.equal((await reportTo(app, events)).status, 200);
  await app.deliver();
  assert.ok((await tracesIn(app)).length >= 2, 'the text and the files are there before');
  return { account, sids };
}

/** An emptied message keeps its files until they are deleted. */
async function deleteFiles(app: TestApp, account: TestAccount, sid: string): Promise<void> {
  const login = loginOf(account);
  const { json } = await app.get(`${messagesOf(account)}/${sid}/Media.json`, login);
  for (const { uri } of json.media_list) {
    assert.equal((await app.request('DELETE', uri, { login })).status, 204);
  }
}

onEveryEngine('the text and the files of messages of a real carrier', (engine) => {
  test('are in no table after the account emptied them and deleted the files', async () => {
    await using app = await testApp({ engine });
    await using ends = new AsyncDisposableStack();
    const { account, sids } = await aMarkedTraffic(app, ends);
    for (const sid of sids) {
      const path = `${messagesOf(account)}/${sid}.json`;
      const { status, text } = await app.post(path, loginOf(account), { Body: '' });
      assert.equal(status, 200, text);
      await deleteFiles(app, account, sid);
    }
    assert.deepEqual(await tracesIn(app), []);
  });

  test('are in no table after the account deleted them', async () => {
    await using app = await testApp({ engine });
    await using ends = new AsyncDisposableStack();
    const { account, sids } = await aMarkedTraffic(app, ends);
    for (const sid of sids) {
      const path = `${messagesOf(account)}/${sid}.json`;
      assert.equal((await app.request('DELETE', path, { login: loginOf(account) })).status, 204);
    }
    assert.deepEqual(await tracesIn(app), []);
  });

  test('are in no table after the days for which bodies are kept', async () => {
    const retention = { ...KEPT_FOR_EVER, 'message-bodies': 30 };
    await using app = await testApp({ engine, config: { retention } });
    await using ends = new AsyncDisposableStack();
    await aMarkedTraffic(app, ends);
    app.advance(31 * DAY_MS);
    await sweepAll(app.app);
    assert.deepEqual(await tracesIn(app), []);
  });
});
