import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectButtonHtml } from '../../src/console/apps/connect-button.ts';
import { useCarriers } from '../carriers/carrier-kinds.ts';
import { answer, aStage } from '../support/consent-stage.ts';
import { everyBlockOf } from '../support/guide-blocks.ts';
import { aNumber, messagesOf, OURS, send, THEIRS } from '../support/messages.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

const CONNECT_APP = 'docs/guides/connect-app.md';
const CARRIERS = 'docs/guides/carriers.md';

/** The one block of a file that holds a text. */
function sample(file: string, text: string): string {
  const found = everyBlockOf(file).filter(({ code }) => code.includes(text));
  assert.equal(found.length, 1, `${file}: ${text}`);
  return found[0]?.code.trim() ?? '';
}

/** A pattern that fits the text, with anything in the place of `…`. */
function fitting(text: string): RegExp {
  const parts = text
    .split('…')
    .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^"]+')}$`);
}

onEveryEngine('the samples of answers in the documentation', (engine) => {
  test('have the form of an error, and of its reason', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const login = loginOf(owner);
    const documented = JSON.parse(sample('docs/contract/errors.md', '"code"')) as object;
    const lists = `/2010-04-01/Accounts/${owner.sid}`;
    const absent = await app.post(`${lists}/Conferences.json`, login, {});
    assert.deepEqual(Object.keys(documented), Object.keys(absent.json as object));
    const [, reason = ''] = sample(CONNECT_APP, 'absent=').split('Tieline-Reason: ');
    assert.equal(absent.headers['tieline-reason'], reason);

    const connectApp = await app.aConnectApp(owner, { permissions: ['get-all'] });
    const { subaccount_sid } = await app.aGrant(connectApp, await app.anAccount());
    const asked = { Permissions: 'get-all,post-all' };
    await app.post(`${lists}/ConnectApps/${connectApp.sid}.json`, login, asked);
    const acting = { username: subaccount_sid, password: owner.auth_token };
    const refused = await app.post('/v1/ConnectionPolicies', acting, {});
    const [, missing = ''] = sample(CONNECT_APP, 'missing=').split('Tieline-Reason: ');
    assert.match(refused.headers['tieline-reason'] ?? '', fitting(missing));
  });

  test('have the form of the button and of the signed redirect', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, {
      authorize_redirect_url: 'https://app.example.com/authorize',
      signed_redirect: 1,
    });
    const page = await stage.browser.get(`${stage.path}?state=s`);
    const { location = '' } = await answer(stage, page, 'authorize');
    const names = (url: string) => [...new URL(url).searchParams.keys()];
    const documented = sample('docs/guides/consent.md', 'https://app.example.com/authorize?');
    assert.deepEqual(names(location), names(documented));

    const button = sample(CONNECT_APP, 'connect-button.svg')
      .replaceAll(/\s+(?=>|<)|\s+(?=\/>)/g, '')
      .replaceAll(/\s*\n\s*/g, '')
      .replace('/></a>', '></a>')
      .replaceAll('http://localhost:4010', 'http://localhost');
    const { sid } = stage.connect_app;
    const shown = await connectButtonHtml('http://localhost', sid);
    assert.equal(button.replace('CN…?state=…', sid), shown);
    assert.match((await app.get('/connect-button.svg')).headers['content-type'] ?? '', /svg/);
  });

  test('bring reports and messages of a carrier in', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    useCarriers(
      app,
      `carriers:
  mine: { kind: http, url: "http://127.0.0.1:1/", secret: env:ANY, events_token: env:ANY }
  gate: { kind: kannel, url: "http://127.0.0.1:1/", username: u, password: env:ANY, secret: env:ANY }
`,
      { ANY: 'a-secret-of-both-sides' },
    );
    const { sid } = await send(app, account);
    const events = sample(CARRIERS, '"events"').replace('SM…', sid);
    const told = await app.request('POST', '/_carrier/mine/events', {
      body: JSON.parse(events),
      headers: { authorization: 'Bearer a-secret-of-both-sides' },
    });
    // The simulated carrier has this message, so its report belongs to no message of `mine`.
    assert.deepEqual(told.json, { results: ['unknown', 'kept'] });

    const [, url = ''] =
      /get-url = "https:\/\/YOUR-TIELINE([^"]+)"/.exec(sample(CARRIERS, 'get-url')) ?? [];
    const values: Record<string, string> = { I: 'a1', p: THEIRS, P: OURS, C: 'UTF-8', b: 'Grüße' };
    const filled = url
      .replace('SECRET', 'a-secret-of-both-sides')
      .replaceAll(/%(\w)/g, (_, letter: string) => encodeURIComponent(values[letter] ?? ''));
    app.advance(1_000);
    const brought = await app.request('GET', filled);
    assert.equal(brought.status, 200, brought.text);
    const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    const bodies = (json.messages as { body: string }[]).map(({ body }) => body);
    assert.deepEqual(bodies.slice(0, 2), ['Grüße', 'Hello']);
  });
});
