import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { cellsOf, readNotebook, writeNotebook } from '../../src/notebooks/notebook.ts';
import type { Host } from '../../src/notebooks/run/host.ts';
import type { Outcome } from '../../src/notebooks/run/outcome.ts';
import { Session } from '../../src/notebooks/run/session.ts';
import { onEveryEngine, type TestAccount, type TestApp, testApp } from '../support/test-app.ts';
import { aHost, plainOf } from './notebook-session.ts';

/** The old notebook that must run unchanged. */
const SEED = '../shared/seeds/000-api-notebook-connect-apps.md';
const DEFINITION =
  '/apiplatform/repository/public/organizations/30/apis/8031/versions/8196/definition';
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

interface Seen {
  readonly line: string;
  readonly type: string | undefined;
  readonly body: string;
}

/** The requests of the server by its own log, with the content that the log leaves out. */
function watch(app: TestApp): { seen: () => Seen[] } {
  const contents: Pick<Seen, 'type' | 'body'>[] = [];
  app.server.addHook('preHandler', async ({ headers, body }) => {
    const text = Buffer.isBuffer(body) ? body.toString() : '';
    contents.push({ type: headers['content-type'], body: text });
  });
  return {
    seen: () => {
      const lines = app.logLines
        .map((line) => JSON.parse(line) as Record<string, string>)
        .filter(({ msg }) => msg === 'request')
        .map(({ method, path, status }) => `${method} ${path} ${status}`);
      assert.equal(lines.length, contents.length);
      return lines.map((line, at) => ({ line, type: undefined, body: '', ...contents[at] }));
    },
  };
}

async function runSeed(app: TestApp, account: TestAccount): Promise<Outcome[]> {
  const origin = await app.listen();
  const questions: string[] = [];
  const host: Partial<Host> = {
    answer: async ({ message }) => {
      questions.push(message);
      return account.sid;
    },
    credentials: async () => ({ username: account.sid, password: account.auth_token }),
  };
  const file = readFileSync(SEED, 'utf8');
  const notebook = readNotebook(file);
  assert.equal(writeNotebook(notebook), file);
  const session = new Session(aHost(host), { base_url: origin });
  const outcomes: Outcome[] = [];
  for (const cell of cellsOf(notebook)) outcomes.push(await session.run(cell));
  session.close();
  assert.equal(questions.length, 1);
  return outcomes;
}

function assertGreen(outcomes: readonly Outcome[]): void {
  assert.equal(outcomes.length, 28);
  for (const { cell, failure } of outcomes) assert.equal(failure, null, `$${cell}`);
}

if (!existsSync(SEED)) {
  console.log('– ../shared is absent: the first notebook is not run');
} else {
  onEveryEngine('the first notebook', (engine) => {
    test('passes in an empty account, and sends its usual requests', async () => {
      await using app = await testApp({ engine });
      const account = await app.anAccount();
      const server = watch(app);
      const outcomes = await runSeed(app, account);
      assertGreen(outcomes);
      const sid = plainOf(outcomes[11]?.value ?? null) as string;
      assert.match(sid, /^UT[0-9a-f]{32}$/);
      assert.deepEqual(server.seen(), expectedOf(account.sid, sid, null));
    });

    test('passes with an app and an authorised app, and requests both', async () => {
      await using app = await testApp({ engine });
      const account = await app.anAccount();
      const own = await app.aConnectApp(account, { description: 'Rings back & "says" why – soon' });
      const other = await app.aConnectApp(await app.anAccount());
      await app.aGrant(other, account);
      const server = watch(app);
      const outcomes = await runSeed(app, account);
      assertGreen(outcomes);
      const sid = plainOf(outcomes[11]?.value ?? null) as string;
      const apps = { own: own.sid, other: other.sid, description: own.description ?? '' };
      assert.deepEqual(server.seen(), expectedOf(account.sid, sid, apps));
      const updated = plainOf(outcomes[26]?.value ?? null) as { body: { description: string } };
      assert.equal(updated.body.description, own.description);
    });
  });

  void suite('the first notebook, saved by another program', () => {
    test('runs the same with CRLF and with LF', async () => {
      await using app = await testApp({ engine: 'memory' });
      const account = await app.anAccount();
      const origin = await app.listen();
      const file = readFileSync(SEED, 'utf8').replaceAll('\n', '\r\n');
      const notebook = readNotebook(file);
      assert.equal(writeNotebook(notebook), file);
      const host: Partial<Host> = {
        answer: async () => account.sid,
        credentials: async () => ({ username: account.sid, password: account.auth_token }),
      };
      const session = new Session(aHost(host), { base_url: origin });
      const outcomes: Outcome[] = [];
      for (const cell of cellsOf(notebook)) outcomes.push(await session.run(cell));
      session.close();
      assertGreen(outcomes);
    });
  });
}

/** The requests of the notebook in their order. The first one is challenged and sent again. */
function expectedOf(
  account: string,
  trigger: string,
  apps: { own: string; other: string; description: string } | null,
): Seen[] {
  const at = (path: string) => `/2010-04-01/Accounts/${account}${path}.json`;
  const read = (path: string, status = 200): Seen => ({
    line: `GET ${at(path)} ${status}`,
    type: JSON_TYPE,
    body: '',
  });
  const post = (path: string, status: number, body: string): Seen => ({
    line: `POST ${at(path)} ${status}`,
    type: FORM_TYPE,
    body,
  });
  const one = `/Usage/Triggers/${trigger}`;
  return [
    { line: `GET ${DEFINITION} 200`, type: undefined, body: '' },
    read('/AuthorizedConnectApps', 401),
    read('/AuthorizedConnectApps'),
    ...(apps ? [read(`/AuthorizedConnectApps/${apps.other}`)] : []),
    read('/Usage/Triggers'),
    post(
      '/Usage/Triggers',
      201,
      'UsageCategory=sms&TriggerValue=1000&CallbackUrl=http%3A%2F%2Fwww.example.com%2F',
    ),
    read(one),
    post(one, 200, 'FriendlyName=API%20Notebook%20test%20trigger'),
    { line: `DELETE ${at(one)} 204`, type: JSON_TYPE, body: '{}' },
    read('/Usage/Records'),
    read('/Usage/Records/Daily'),
    read('/ConnectApps'),
    ...(apps
      ? [
          read(`/ConnectApps/${apps.own}`),
          post(
            `/ConnectApps/${apps.own}`,
            200,
            `Description=${encodeURIComponent(apps.description)}`,
          ),
        ]
      : []),
  ];
}
