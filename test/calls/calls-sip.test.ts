import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { optionsOf } from '../../src/calls/call-options.ts';
import { fetchCall } from '../../src/calls/call-store.ts';
import { openSipPassword } from '../../src/calls/sip-password.ts';
import { fetchSipPassword } from '../../src/calls/sip-password-store.ts';
import { TABLE_NAMES } from '../../src/db/tables/all-tables.ts';
import { KeyRing } from '../../src/kit/seal.ts';
import { resealSecrets } from '../../src/lifecycle/reseal-secrets.ts';
import {
  aCall,
  aCallee,
  aCaller,
  aFinishedIncoming,
  anApplication,
  settle,
  timelineOf,
} from '../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

const PASSWORD = 'a SIP password that is nobody else’s';
const FORM = {
  To: 'sip:alice@sip.example.com',
  Twiml: '<Response><Say>Hello</Say></Response>',
  CallReason: 'Your order is on its way',
  SipAuthUsername: 'a SIP user',
  SipAuthPassword: PASSWORD,
} as const;

async function everything({ app }: TestApp): Promise<string> {
  const rows = [];
  for (const table of TABLE_NAMES)
    rows.push(await app.database.db.selectFrom(table).selectAll().execute());
  return JSON.stringify(rows);
}

onEveryEngine('a call to a SIP address', (engine) => {
  test('keeps its reason, its user and its sealed password, which no answer shows', async () => {
    const old = { id: 'old', bytes: randomBytes(32) };
    await using app = await testApp({ engine, config: { secretKeys: [old] } });
    const caller = await aCaller(app);
    const made = await aCall(app, caller, FORM);
    await settle(app);
    const { db } = app.app.database;
    const place = { account_sid: caller.account.sid, call_sid: made.sid };
    const call = await fetchCall(db, caller.account.sid, made.sid);
    assert.ok(call);
    const { call_reason, sip_auth_username } = optionsOf(call);
    assert.deepEqual([call_reason, sip_auth_username], [FORM.CallReason, FORM.SipAuthUsername]);
    const kept = await fetchSipPassword(db, place);
    assert.ok(kept);
    assert.equal(openSipPassword(app.app.keyRing, kept), PASSWORD);
    assert.ok(!(await everything(app)).includes(PASSWORD));
    for (const suffix of ['json', 'xml', 'csv']) {
      const { text } = await app.get(`${caller.calls}.${suffix}`, caller.login);
      assert.ok(!text.includes(PASSWORD) && !text.includes(FORM.SipAuthUsername));
    }
    assert.ok(!app.logLines.join('').includes(PASSWORD));

    const ring = new KeyRing([{ id: 'new', bytes: randomBytes(32) }, old], randomBytes);
    const { retired } = await resealSecrets({ ...app.app, keyRing: ring });
    assert.deepEqual(retired, ['old']);
    const anew = await fetchSipPassword(db, place);
    assert.equal(anew?.sealed_with, 'new');
    assert.ok(anew && openSipPassword(ring, anew) === PASSWORD);
    assert.throws(() => openSipPassword(ring, { ...anew, call_sid: `CA${'0'.repeat(32)}` }));

    const path = `${caller.calls}/${made.sid}.json`;
    assert.equal((await app.request('DELETE', path, { login: caller.login })).status, 204);
    assert.equal(await fetchSipPassword(db, place), undefined);
  });

  test('uses a trunk of its account, and no other', async () => {
    await using app = await testApp({ engine });
    const [caller, other] = [await aCaller(app), await aCaller(app)];
    const aTrunk = async ({ login }: typeof caller) =>
      (await app.post('/v1/ByocTrunks', login, {})).json.sid as string;
    const [own, foreign] = [await aTrunk(caller), await aTrunk(other)];
    const made = await aCall(app, caller, { ...FORM, Byoc: own });
    const call = await fetchCall(app.app.database.db, caller.account.sid, made.sid);
    assert.equal(call && optionsOf(call).byoc, own);
    for (const Byoc of [foreign, `BY${'0'.repeat(32)}`]) {
      const form = { From: caller.number, ...FORM, Byoc };
      const refused = await app.post(`${caller.calls}.json`, caller.login, form);
      assert.deepEqual([refused.status, refused.json.code], [400, 21300], refused.text);
      assert.match(
        refused.json.message,
        new RegExp(`^'Byoc' ${Byoc} is not one of the account's trunks`),
      );
    }
    const { json } = await app.get(`${caller.calls}.json`, caller.login);
    assert.equal(json.calls.length, 1);
  });
});

onEveryEngine('a Number in a Dial', (engine) => {
  test('uses a trunk of its account, and no other', async () => {
    await using app = await testApp({ engine });
    const number = (byoc: string) => `<Dial><Number byoc="${byoc}">+15005559876</Number></Dial>`;
    const unknown = `BY${'0'.repeat(32)}`;
    const pages = { '/voice': number(unknown) };
    await using asked = await anApplication(pages);
    const callee = await aCallee(app, asked.origin);
    const refused = await aFinishedIncoming(app, callee);
    const codes = (await timelineOf(app, callee, refused.sid, 'note')).map(({ code }) => code);
    assert.ok(codes.includes(21300));
    const trunk = (await app.post('/v1/ByocTrunks', callee.login, {})).json.sid;
    pages['/voice'] = number(trunk);
    await aFinishedIncoming(app, callee);
    const query = '?To=%2B15005559876';
    const { calls } = (await app.get(`${callee.calls}.json${query}`, callee.login)).json;
    assert.equal(calls.length, 1);
    const leg = await fetchCall(app.app.database.db, callee.account.sid, calls[0].sid);
    assert.equal(leg && optionsOf(leg).byoc, trunk);
  });
});
