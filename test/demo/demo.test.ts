import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateConnectApp } from '../../src/connect-apps/connect-app-store.ts';
import { openFirstWorld, revealAccount } from '../../src/control/first-world.ts';
import { writePermissions } from '../../src/kit/permission.ts';
import { signForm, signUrl } from '../../src/webhooks/signature.ts';
import { asSystem, onEveryEngine, type TestEngine, testApp } from '../support/test-app.ts';

/** A server with its first world, reached over a real socket. */
async function aDemo(engine: TestEngine) {
  const app = await testApp({ engine });
  const origin = await app.listen();
  const world = await openFirstWorld(app.app, origin);
  assert.ok(world);
  const developer = await revealAccount(app.app, world.developer_account_sid);
  assert.ok(developer);
  const consent = {
    connect_app_sid: world.connect_app_sid,
    account_sid: world.customer_account_sid,
  };
  return {
    app,
    origin,
    world,
    developer,
    /** Authorises the app in one call. @returns the URL that the customer's browser goes to */
    async authorize(state?: string): Promise<{ account_sid: string; redirect_url: string }> {
      const body = { ...consent, ...(state !== undefined && { state }) };
      return (await app.control('POST', '/authorize', body)).json;
    },
    async deny(): Promise<string> {
      return (await app.control('POST', '/deny', consent)).json.redirect_url;
    },
    async revoke(): Promise<void> {
      assert.equal((await app.control('POST', '/deauthorize', consent)).status, 200);
    },
    /** Sends the platform's request to the Deauthorize URL. */
    deauthorize(account_sid: string, token = developer.auth_token, method = 'POST') {
      const sent = { AccountSid: account_sid, ConnectAppSid: world.connect_app_sid };
      const form = new URLSearchParams(sent).toString();
      const url = `${origin}/demo/deauthorize${method === 'GET' ? `?${form}` : ''}`;
      const { signature } = signForm(token, url, method === 'GET' ? [] : Object.entries(sent));
      const headers = { 'X-Twilio-Signature': signature };
      if (method === 'GET') return fetch(url, { headers });
      return fetch(url, { method: 'POST', headers, body: new URLSearchParams(sent) });
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/** A simple browser for the demo, with one cookie. It follows redirects on demand. */
function aBrowser(origin: string) {
  let cookie = '';
  let token = '';
  const keep = async (response: Response) => {
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) cookie = set.split(';')[0] ?? '';
    const text = await response.text();
    token = /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? token;
    const { status, headers } = response;
    return { status, text, location: headers.get('location'), headers };
  };
  const open = async (url: string) =>
    keep(await fetch(new URL(url, origin), { headers: { cookie }, redirect: 'manual' }));
  return {
    open,
    cookie: () => cookie,
    async send(path: string, form: Record<string, string> = {}) {
      const body = new URLSearchParams({ form_token: token, ...form });
      const init = { method: 'POST', headers: { cookie }, body, redirect: 'manual' } as const;
      return keep(await fetch(new URL(path, origin), init));
    },
    /** Signs in. @returns the state in the link of the Connect button */
    async logIn(user_name: string): Promise<string> {
      await open('/demo');
      const { status } = await this.send('/demo/login', { user_name });
      assert.equal(status, 303);
      return this.state();
    },
    async state(): Promise<string> {
      const { text } = await open('/demo');
      const href = /href="([^"]+\/authorize\/CN[^"]+)"/.exec(text)?.[1] ?? '';
      return new URL(href).searchParams.get('state') ?? '';
    },
  };
}

async function changeDemo({ app, world }: Awaited<ReturnType<typeof aDemo>>, changes: object) {
  const { developer_account_sid, connect_app_sid } = world;
  await asSystem(app, ({ tx, now }) =>
    updateConnectApp(tx, developer_account_sid, connect_app_sid, { ...changes, date_updated: now }),
  );
}

onEveryEngine('the demo', (engine) => {
  test('runs the whole loop: log in, connect, use, revoke', async () => {
    await using demo = await aDemo(engine);
    const { origin, world } = demo;
    const ada = aBrowser(origin);
    const welcome = await ada.open('/demo');
    assert.doesNotMatch(welcome.text, /\/authorize\/CN/, 'the button stands behind the login');

    const state = await ada.logIn('Ada');
    const before = await ada.open('/demo');
    assert.ok(before.text.includes(`${origin}/authorize/${world.connect_app_sid}?state=`));
    assert.match(before.text, /is billed to you/);
    assert.match(before.text, /href="[^"]+\/demo\/faq"/);

    const { account_sid, redirect_url } = await demo.authorize(state);
    const back = await ada.open(redirect_url);
    assert.deepEqual([back.status, back.location], [303, `${origin}/demo`]);
    assert.equal(back.headers.get('set-cookie'), null);
    const linked = await ada.open('/demo');
    assert.match(linked.text, /Your account is connected/);
    assert.ok(linked.text.includes(account_sid));
    assert.match(linked.text, /Accounts it sees<\/dt>\s*<dd>2</);

    assert.equal((await ada.send('/demo/policies', { friendly_name: '<b>Süd' })).status, 303);
    const used = await ada.open('/demo');
    assert.match(used.text, /The connection policy is made/);
    assert.match(used.text, /<strong><bdi>&lt;b&gt;Süd<\/bdi><\/strong> <code>NY\w{32}/);

    await demo.revoke();
    assert.match((await ada.open('/demo')).text, /may not use your account any more/);
    assert.equal((await demo.deauthorize(account_sid)).status, 204);
    const after = await ada.open('/demo');
    assert.match(after.text, /You revoked Tieline Demo/);
    assert.ok(!after.text.includes(account_sid));
    assert.equal((await demo.deauthorize(account_sid)).status, 204, 'it may come twice');
  });

  test('explains a refusal, and uses a later grant', async () => {
    await using demo = await aDemo(engine);
    const ada = aBrowser(demo.origin);
    await changeDemo(demo, { permissions: writePermissions(['get-all']) });
    await ada.open((await demo.authorize(await ada.logIn('Ada'))).redirect_url);
    await changeDemo(demo, { permissions: writePermissions(['get-all', 'post-all']) });
    await ada.send('/demo/policies', { friendly_name: 'Mine' });
    const { text } = await ada.open('/demo');
    assert.match(text, /The platform refused: /);
    assert.match(text, /Tieline-Reason: app=[^<]+missing=&quot;post-all&quot;, reauthorize=\?1/);
    assert.match(text, /There are none yet/);

    await ada.open((await demo.authorize(await ada.state())).redirect_url);
    await ada.send('/demo/policies', { friendly_name: 'Mine' });
    assert.match((await ada.open('/demo')).text, /The connection policy is made/);
  });

  test('connects nobody after a wrong state, a stolen AccountSid or a refusal', async () => {
    await using demo = await aDemo(engine);
    const { origin } = demo;
    const [ada, eve] = [aBrowser(origin), aBrowser(origin)];
    const state = await ada.logIn('Ada');
    const { account_sid, redirect_url } = await demo.authorize(state);
    const ofEve = await eve.logIn('Eve');

    const stranger = await aBrowser(origin).open(redirect_url);
    assert.equal(stranger.status, 401);
    for (const search of [
      `AccountSid=${account_sid}&state=${state}`,
      `AccountSid=${account_sid}`,
      `AccountSid=${account_sid}&state=`,
      `AccountSid=${account_sid}&state=${ofEve}&state=${state}`,
    ]) {
      const refused = await eve.open(`/demo/authorize?${search}`);
      assert.equal(refused.status, 403, search);
      assert.ok(!refused.text.includes(account_sid));
    }
    for (const search of ['', `state=${ofEve}`, `AccountSid=nonsense&state=${ofEve}`]) {
      assert.equal((await eve.open(`/demo/authorize?${search}`)).status, 400, search);
    }

    assert.equal((await ada.open(redirect_url)).status, 303);
    assert.equal((await ada.open(redirect_url)).status, 303, 'a second click does no harm');
    const known = await eve.open(`/demo/authorize?AccountSid=${account_sid}&state=${ofEve}`);
    assert.equal(known.status, 409);
    assert.ok(!(await eve.open('/demo')).text.includes(account_sid));

    const denied = await eve.open(await demo.deny());
    assert.deepEqual([denied.status, denied.location], [303, `${origin}/demo`]);
    const told = await eve.open('/demo');
    assert.match(told.text, /You did not authorize/);
    assert.match(told.text, /error=unauthorized_client/);
    await ada.open(await demo.deny());
    assert.ok((await ada.open('/demo')).text.includes(account_sid), 'what was connected stays');
  });

  test('accepts a Deauthorize callback only if it is signed and true', async () => {
    await using demo = await aDemo(engine);
    const ada = aBrowser(demo.origin);
    const { account_sid, redirect_url } = await demo.authorize(await ada.logIn('Ada'));
    await ada.open(redirect_url);
    const isLinked = async () => (await ada.open('/demo')).text.includes(account_sid);

    assert.equal((await demo.deauthorize(account_sid, 'another token')).status, 403);
    const unsigned = await fetch(`${demo.origin}/demo/deauthorize`, { method: 'POST' });
    assert.equal(unsigned.status, 403);
    assert.equal((await demo.deauthorize(account_sid)).status, 204, 'a late one, from before');
    assert.ok(await isLinked());
    await demo.revoke();
    assert.equal((await demo.deauthorize(account_sid, undefined, 'GET')).status, 204);
    assert.ok(!(await isLinked()));
    const put = await fetch(`${demo.origin}/demo/deauthorize`, { method: 'PUT' });
    assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, POST']);
  });

  test('requires signed redirects if the app was registered with them', async () => {
    await using demo = await aDemo(engine);
    const { app, origin, developer } = demo;
    await changeDemo(demo, { signed_redirect: 1 });
    const ada = aBrowser(origin);
    const state = await ada.logIn('Ada');
    const { account_sid } = await demo.authorize(state);
    const redirect = (
      seconds: number,
      nonce: string,
      token = developer.auth_token,
      with_state = state,
    ) => {
      const Timestamp = String(Math.floor(app.app.now() / 1000) + seconds);
      const query = new URLSearchParams({
        AccountSid: account_sid,
        state: with_state,
        Timestamp,
        Nonce: nonce,
      });
      const url = `${origin}/demo/authorize?${query.toString()}`;
      const { signature } = signUrl(token, url);
      return `${url}&${new URLSearchParams({ Signature: signature }).toString()}`;
    };
    const good = redirect(0, 'one');
    for (const bad of [
      `/demo/authorize?AccountSid=${account_sid}&state=${state}`,
      good.replace(/AccountSid=AC./, 'AccountSid=ACf'),
      redirect(0, 'two', 'another token'),
      redirect(-301, 'three'),
      redirect(301, 'four'),
      `${good}&more=1`,
    ]) {
      assert.equal((await ada.open(bad)).status, 403, bad);
    }
    assert.equal((await ada.open(good)).status, 303);
    await ada.send('/demo/disconnect');
    const renewed = await ada.state();
    assert.notEqual(renewed, state);
    assert.equal((await ada.open(good)).status, 403);
    const again = redirect(0, 'one', developer.auth_token, renewed);
    assert.equal((await ada.open(again)).status, 403, 'a nonce counts once');
    const other = redirect(0, 'five', developer.auth_token, renewed);
    assert.equal((await ada.open(other)).status, 303);
  });
});
