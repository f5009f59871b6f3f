import assert from 'node:assert/strict';
import sharp from 'sharp';
import { insertLeg } from '../../src/calls/live/leg-store.ts';
import { setLogo } from '../../src/connect-apps/change-logo.ts';
import { insertRefs } from '../../src/messages/wire/carrier-ref-store.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { aCall, anApplication, anIncomingCall, type Caller, settle } from '../support/calls.ts';
import { aLivelyWorld } from '../support/lively-world.ts';
import { aNumber, aService, pass, receive, THEIRS } from '../support/messages.ts';
import {
  asSystem,
  connectLogin,
  loginOf,
  type TestAccount,
  type TestApp,
} from '../support/test-app.ts';
import { aTrigger, meter } from '../support/usage-triggers.ts';

const NUMBER = '+14155550123';

/**
 * A customer with rows in every table that a tenant has. Its subaccount acted, wherever a subaccount
 * can act, so that no account of these rows is its own main account.
 */
export async function aWholeTenant(app: TestApp) {
  const world = await aLivelyWorld(app);
  const { main, sub, developer, grant } = world;
  await using application = await anApplication({
    '/sms': { status: 200, headers: { 'set-cookie': 'seen=1; Path=/' } },
    '/voice': '<Record transcribe="true"/>',
    '/fails': { status: 500 },
    '/picture': { status: 200, headers: { 'content-type': 'image/png' }, body: 'a picture' },
  });
  await actInSubaccount(app, sub, application.origin);
  await setUpVoice(app, sub);
  await asSystem(app, async (doing) => {
    const { tx } = doing;
    const shown = { create: { width: 9, height: 9, channels: 3, background: '#0f6d6a' } } as const;
    const connectApp = await tx
      .selectFrom('connect_apps')
      .selectAll()
      .where('sid', '=', grant.connect_app_sid)
      .executeTakeFirstOrThrow();
    const {
      sid: message_sid,
      account_sid,
      root_sid,
    } = await tx
      .selectFrom('messages')
      .selectAll()
      .where('account_sid', '=', sub.sid)
      .executeTakeFirstOrThrow();
    const part = { part: 1, parts: 1, carrier: 'far', ref: '7', state: 'accepted' } as const;
    await insertRefs(tx, [
      { message_sid, account_sid, root_sid, ...part, date_created: doing.now },
    ]);
    const leg = { call_sid: 'CA1', carrier: 'far', owner: 'a process', answered_at: null };
    const date_created = doing.now;
    await insertLeg(tx, {
      ...leg,
      account_sid,
      root_sid,
      dialog: null,
      paid_seconds: null,
      reserved_micro: null,
      date_created,
    });
    await setLogo(doing, connectApp, await sharp(shown).png().toBuffer());
  });
  const browser = await signedIn(app, await aPerson(app, main));
  assert.equal((await browser.get(`/authorize/${grant.connect_app_sid}`)).status, 200);
  const credit = { amount: '5', reason: 'Goodwill', key: 'credit 1' };
  const credited = await app.control('POST', `/accounts/${main.sid}/balance`, credit);
  assert.equal(credited.status, 200, credited.text);
  const asApp = await app.get('/v1/ByocTrunks', connectLogin(grant, developer));
  assert.equal(asApp.status, 200, asApp.text);
  await app.app.database.idle();
  return world;
}

/** Sends and gets messages and calls, and fires a trigger. */
async function actInSubaccount(app: TestApp, sub: TestAccount, origin: string): Promise<void> {
  const login = loginOf(sub);
  const path = `/2010-04-01/Accounts/${sub.sid}`;
  await aNumber(app, sub, NUMBER, { sms_url: `${origin}/sms`, voice_url: `${origin}/voice` });
  await aService(app, sub);
  const sent = await app.request('POST', `${path}/Messages.json`, {
    login,
    headers: { 'idempotency-key': 'once' },
    form: {
      To: THEIRS,
      From: NUMBER,
      Body: 'Hello',
      MediaUrl: `${origin}/picture`,
      StatusCallback: `${origin}/status`,
      ProvideFeedback: 'true',
    },
  });
  assert.equal(sent.status, 201, sent.text);
  await receive(app, { to: NUMBER, body: 'Good morning' });
  await receive(app, { to: NUMBER, body: 'STOP' });
  await pass(app);
  await anIncomingCall(app, { to: NUMBER, inputs: ['The horse is brown'] });
  await settle(app);
  const caller: Caller = { account: sub, login, number: NUMBER, calls: `${path}/Calls` };
  await aCall(app, caller, { Url: `${origin}/fails` });
  await settle(app);
  const twiml = '<Response><Say>Hello</Say></Response>';
  const secret = { SipAuthUsername: 'user', SipAuthPassword: 'secret' };
  await aCall(app, caller, { To: 'sip:alice@sip.example.com', Twiml: twiml, ...secret });
  await aTrigger(app, sub, { TriggerValue: '1', CallbackUrl: `${origin}/used` });
  await meter(app, sub, { count: 5 });
  await app.deliver();
}

async function setUpVoice(app: TestApp, sub: TestAccount): Promise<void> {
  const login = loginOf(sub);
  const made = async (path: string, form: Record<string, string> = {}) => {
    const reply = await app.post(path, login, form);
    assert.equal(reply.status, 201, reply.text);
    return reply.json.sid as string;
  };
  const policy = await made('/v1/ConnectionPolicies');
  await made(`/v1/ConnectionPolicies/${policy}/Targets`, { Target: 'sip:gateway.example.com' });
  await made('/v1/ByocTrunks', { ConnectionPolicySid: policy });
  await app.aKey(sub, 'standard');
}
