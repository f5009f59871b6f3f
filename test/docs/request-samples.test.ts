import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { checkServer } from '../../src/conformance/check-server.ts';
import type { Send } from '../../src/conformance/remote.ts';
import { sendByFetch } from '../../src/notebooks/run/node-host.ts';
import { ROUTES } from '../../src/routes.ts';
import { startTieline, type Tieline } from '../../src/testing/start-tieline.ts';
import { at, blocksOf, everyBlockOf } from '../support/guide-blocks.ts';
import { readersFolder, runBlocks } from '../support/guide-shell.ts';
import { aNumber, send } from '../support/messages.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';

/** The address of Tieline in the guides. */
const DOCUMENTED = 'http://localhost:4010';
const SID = /^[A-Z]{2}[0-9a-f]{32}$/;

suite('the requests of the documentation', () => {
  let tieline: Tieline;
  before(async () => {
    tieline = await startTieline();
  });
  after(() => tieline.close());

  /** The one sample of a file with this text, with some of its words replaced. */
  function sample(
    file: string,
    text: string,
    words: Readonly<Record<string, string>> = {},
  ): string {
    const found = at({ [DOCUMENTED]: tieline.url, ...words }, blocksOf(file)).filter(
      ({ language, code }) => language === 'sh' && code.includes(text),
    );
    assert.equal(found.length, 1, `${file}: ${text}`);
    return found[0]?.code ?? '';
  }

  async function answers(shell: string, env: Record<string, string> = {}): Promise<unknown[]> {
    using folder = readersFolder();
    const silent = shell.replaceAll(/^curl /gm, 'curl -s ');
    const [printed = ''] = await runBlocks([silent], folder, env);
    // Each answer is one line, or follows the one before without a line break.
    const texts = printed.replaceAll('}{', '}\n{').trim().split('\n');
    return texts.map((text) => JSON.parse(text) as unknown);
  }

  test('register an app', async () => {
    const owner = { 'AC… of the owner': tieline.accountSid };
    const [app] = await answers(sample('docs/guides/connect-app.md', '/connect_apps', owner));
    const { sid, friendly_name } = app as Record<string, string>;
    assert.match(sid ?? '', SID);
    assert.equal(friendly_name, 'My app');
  });

  test('authorise an app, and act as it', async () => {
    const words = {
      'CN…': tieline.connectApp.sid,
      'AC… of the customer': tieline.customer.accountSid,
      "the developer's auth token": tieline.authToken,
    };
    const code = sample('README.md', '/_tieline/authorize', words);
    const [consent = '', acting = ''] = code.split('\n\n');
    const [given] = (await answers(consent)) as Record<string, unknown>[];
    assert.deepEqual(Object.keys(given ?? {}), documentedKeys(consent));
    const account_sid = String(given?.['account_sid']);
    assert.match(String(given?.['redirect_url']), /\?AccountSid=AC\w{32}&state=42$/);
    const [policy] = await answers(acting.replace('AC… of the subaccount', account_sid));
    assert.equal((policy as Record<string, string>)['account_sid'], account_sid);
  });

  test('make an account, a number and a messaging service with fixed names', async () => {
    const words = { 'AC…': `AC${'7'.repeat(32)}`, 'MG…': `MG${'7'.repeat(32)}` };
    const fixed = sample('docs/guides/testing.md', '"Fixed"', words);
    const [account, number] = (await answers(fixed)) as Record<string, string>[];
    assert.deepEqual([account?.['sid'], account?.['auth_token']], [words['AC…'], 'test']);
    assert.equal(number?.['phone_number'], '+15555550100');
    const [service] = await answers(sample('docs/guides/testing.md', 'messaging_services', words));
    assert.equal((service as Record<string, string>)['sid'], words['MG…']);
  });

  test('find no difference in Tieline, by "tieline conformance"', async () => {
    const shell = sample('docs/guides/conformance.md', 'tieline conformance', {
      'https://api.example.com': tieline.url,
      'AC…': tieline.accountSid,
      'TOKEN=…': `TOKEN=${tieline.authToken}`,
    });
    using folder = readersFolder();
    const [printed] = await runBlocks([shell], folder);
    assert.match(printed ?? '', /^No differences: /m);
  });
});

onEveryEngine('the comparison of servers in the guide', (engine) => {
  test('finds the difference of the guide in another server', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await send(app, account);
    const { sid, auth_token } = account;
    const origin = await app.listen();
    const login = { username: sid, password: auth_token };
    // The other server is this one, with one field of its messages changed.
    const sendChanged: Send = async (request) => {
      const answer = await sendByFetch(request);
      return {
        ...answer,
        body: answer.body.replaceAll(/"price_unit":"USD"/g, '"price_unit":null'),
      };
    };
    const remote = { api: origin, voice: origin, account_sid: sid, ...login };
    const { differences } = await checkServer(ROUTES.endpoints, remote, sendChanged);
    const documented = everyBlockOf('docs/guides/conformance.md').find(({ language }) => !language);
    const [where = '', what = ''] = (documented?.code ?? '').trim().split('\n');
    const told = differences.map(({ request, problem }) => `${request} ${problem}`);
    assert.ok(
      told.some((one) => fitting(`${where} ${what.trim()}`).test(one)),
      told.join('\n'),
    );
  });
});

/** A pattern that fits the text, with the rest of a SID in the place of `…`. */
function fitting(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replaceAll('.', String.raw`\.`));
  return new RegExp(`^${parts.join('[0-9a-f]{32}')}$`);
}

/** The keys of the answer in a block's comment. */
function documentedKeys(code: string): string[] {
  const [, line = ''] = /^# (\{.*\})$/m.exec(code) ?? [];
  return Object.keys(JSON.parse(line.replaceAll('[…]', '[]')) as object);
}

const WEBHOOKS = 'docs/guides/webhooks.md';

suite('the samples of the guide of webhooks', () => {
  let receiver: WebhookReceiver;
  let tieline: Tieline;
  before(async () => {
    receiver = await webhookReceiver((_, index) => ({ status: index === 0 ? 500 : 204 }));
    tieline = await startTieline();
  });
  after(async () => {
    await tieline.close();
    await receiver[Symbol.asyncDispose]();
  });

  /** Revokes an app whose callback goes to the receiver, and waits for its first attempt. */
  async function revoke(): Promise<void> {
    const app = await tieline.control.createConnectApp({
      account_sid: tieline.accountSid,
      friendly_name: 'Mine',
      company_name: 'Mine',
      permissions: ['get-all'],
      authorize_redirect_url: `${receiver.origin}/authorize`,
      deauthorize_callback_url: `${receiver.origin}/deauthorize`,
    });
    const both = { connect_app_sid: app.sid, account_sid: tieline.customer.accountSid };
    await tieline.control.authorize(both);
    await tieline.control.deauthorize(both);
    // The answer comes when every webhook that is due was tried and its attempt is written down.
    await tieline.control.clock.advance('1ms');
    assert.equal(receiver.received.length, 1);
  }

  test('show the request, the delivery and its replay as they are', async () => {
    await revoke();
    const [request] = receiver.received;
    assert.ok(request);
    const documented = /```\n(POST [^]*?)```/.exec(readFileSync(WEBHOOKS, 'utf8'))?.[1] ?? '';
    const [head = '', body = ''] = documented.split('\n\n');
    const [line, ...headers] = head.split('\n').map((one) => one.split(': '));
    assert.equal(line?.[0], `${request.method} ${new URL(request.url).pathname} HTTP/1.1`);
    for (const [name = '', value = ''] of headers) {
      const sent: string = request.headers[name.toLowerCase()] ?? '';
      if (/…|^[0-9a-f]{32}$/.test(value)) assert.notEqual(sent, '', name);
      else assert.equal(sent, value, name);
    }
    const names = (form: string) => [...new URLSearchParams(form).keys()];
    assert.deepEqual(names(body.trim()), names(request.body));

    const words = { [DOCUMENTED]: tieline.url, 'state=dead': 'state=pending' };
    const blocks = at(words, blocksOf(WEBHOOKS, 'Looking into the outbox'));
    const shell = (text: string) => blocks.find(({ code }) => code.includes(text))?.code ?? '';
    using folder = readersFolder();
    const [listed = ''] = await runBlocks([shell('?state=').replace('curl', 'curl -s')], folder);
    const { deliveries } = JSON.parse(listed) as { deliveries: Record<string, unknown>[] };
    const [delivery = {}] = deliveries;
    const shown = JSON.parse(blocks.find(({ language }) => language === 'json')?.code ?? '') as {
      attempts: object[];
    };
    assert.deepEqual(Object.keys(shown), Object.keys(delivery));
    const [attempt] = delivery['attempts'] as object[];
    assert.deepEqual(Object.keys(shown.attempts[0] ?? {}), Object.keys(attempt ?? {}));

    const replay = shell('/replay').replace('DL…', String(delivery['id']));
    await runBlocks([replay.replace('curl', 'curl -fs')], folder);
    await receiver.arrived(2);
  });
});
