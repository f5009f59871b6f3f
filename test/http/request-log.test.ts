import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { openLog } from '../../src/kit/log.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const PRODUCTION = { mode: 'production', logLevel: 'info' } as const;

type Line = Readonly<Record<string, unknown>>;

/** The lines of requests in the log. */
function requestsOf({ logLines }: TestApp): Line[] {
  return logLines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'request');
}

onEveryEngine('the log of requests', (engine) => {
  test('has one line for each request in production, with its caller and the id of its answer', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(owner);
    const grant = await app.aGrant(connectApp, customer);
    const { subaccount_sid } = grant;
    const ann = await aPerson(app, owner);
    const browser = await signedIn(app, ann);
    const path = `/2010-04-01/Accounts/${owner.sid}.json`;
    const ofApp = connectLogin(grant, owner);
    const replies = [
      await app.get(`${path}?Secret=CANARY-query`, loginOf(owner)),
      await app.get(`/2010-04-01/Accounts/${subaccount_sid}.json`, ofApp),
      await app.get(path, { username: owner.sid, password: 'CANARY-password' }),
      await app.get('/links/CANARY-link'),
      await app.get('/nowhere/CANARY-path'),
      await app.get('/healthz'),
      await browser.get(`/console/${owner.sid}/numbers`),
    ];
    const lines = requestsOf(app);
    assert.deepEqual(
      lines.map(({ request_id }) => request_id),
      replies.map(({ headers }) => headers['twilio-request-id']),
    );
    const told = lines.map(({ method, route, status, account, app: appSid, person }) => [
      `${String(method)} ${String(route)}`,
      status,
      account,
      appSid,
      person,
    ]);
    const fetch = 'GET /2010-04-01/Accounts/:AccountSid';
    assert.deepEqual(told, [
      [fetch, 200, owner.sid, undefined, undefined],
      [fetch, 200, subaccount_sid, connectApp.sid, undefined],
      [fetch, 401, undefined, undefined, undefined],
      ['GET /links/:Secret', replies[3]?.status, undefined, undefined, undefined],
      ['GET null', 404, undefined, undefined, undefined],
      ['GET /healthz', 200, undefined, undefined, undefined],
      ['GET /console/:AccountSid/numbers', 200, owner.sid, undefined, ann.sid],
    ]);
    for (const { level, time, ms, address } of lines) {
      assert.equal(level, 'info');
      assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Number.isInteger(ms));
      assert.equal(address, '127.0.0.1');
    }
    assert.doesNotMatch(app.logLines.join(''), /CANARY|"path"/);
  });

  test("names the client's address from the header of a trusted proxy", async () => {
    const config = { ...PRODUCTION, trustedProxies: ['127.0.0.1'] };
    await using app = await testApp({ engine, config });
    await app.request('GET', '/healthz', { headers: { 'x-forwarded-for': '198.51.100.7' } });
    assert.equal(requestsOf(app)[0]?.['address'], '198.51.100.7');
  });

  test('is off in development unless a setting turns it on', async () => {
    await using app = await testApp({ engine, config: { logLevel: 'info' } });
    await app.get('/healthz');
    assert.deepEqual(app.logLines, []);
  });

  test('has a line for a failure too, with the id of the error in the log', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const account = await app.anAccount();
    await app.app.database.write((tx) => tx.schema.dropTable('byoc_trunks').execute());
    const { status, headers } = await app.get('/v1/ByocTrunks', loginOf(account));
    assert.equal(status, 500);
    const ofIt = app.logLines
      .map((line) => JSON.parse(line) as Line)
      .filter(({ request_id }) => request_id === headers['twilio-request-id']);
    assert.deepEqual(
      ofIt.map(({ level, msg }) => [level, msg]),
      [
        ['error', 'an unexpected error'],
        ['info', 'request'],
      ],
    );
  });
});

suite('the format of the log', () => {
  const written = (format: 'pretty' | 'json' | null) => {
    let text = '';
    const lines = { write: (line: string) => void (text += line) };
    const log = openLog('info', { lines, format });
    log.info({ status: 200, nested: { token: 'CANARY' } }, 'request');
    log.error({ err: new Error('a fault') }, 'broken');
    return stripVTControlCharacters(text);
  };

  test('is one JSON object a line, with the time by ISO 8601 and the name of the level', () => {
    const [first, second = {}] = written('json')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    assert.deepEqual(
      { ...first, time: null },
      {
        level: 'info',
        time: null,
        status: 200,
        nested: { token: '[redacted]' },
        msg: 'request',
      },
    );
    assert.equal(new Date(String(first?.['time'])).toISOString(), first?.['time']);
    assert.equal(second['level'], 'error');
    assert.equal((second['err'] as Line)['message'], 'a fault');
  });

  test('is for people on request, and hides the same secrets', () => {
    const text = written('pretty');
    assert.match(text, /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: request \{"status":200,/);
    assert.match(text, /ERROR: broken[^]*a fault[^]*request-log\.test\.ts/);
    assert.doesNotMatch(text, /CANARY/);
  });

  test('is for people on a terminal and JSON elsewhere, unless a setting says otherwise', () => {
    assert.equal(written(null)[0], process.stderr.isTTY ? '[' : '{');
  });
});
