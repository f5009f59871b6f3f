import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { everyBlockOf } from '../support/guide-blocks.ts';
import { NOTHING_CAME, type RunPlace, runPlace, trustFoldersIn } from '../support/run-command.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');

/** A program for Twilio with the official SDK, without any setting for Tieline. */
const SDK_PROGRAM = `
  import { createRequire } from 'node:module';
  const twilio = createRequire(${JSON.stringify(join(CHECKOUT, 'package.json'))})('twilio');
  const client = twilio();
  const apps = await client.connectApps.list();
  const pages = [];
  let page = await client.usage.records.page({ pageSize: 40 });
  while (page && pages.length < 3) {
    pages.push(page.instances.length);
    page = await page.nextPage();
  }
  const made = await client.voice.v1.connectionPolicies.create({ friendlyName: 'Mine' });
  const error = await client.api.v2010.accounts(client.accountSid).fetch().then(
    () => client.messages('SM' + '0'.repeat(32)).fetch()).catch((refused) => refused);
  console.log(JSON.stringify({
    app: apps[0].friendlyName, pages, policy: made.friendlyName, url: made.url, code: error.code,
  }));
`;

/** Signs in as the customer of its environment and authorises the app of its environment. */
const CUSTOMER_PROGRAM = `
  const { env } = process;
  const control = async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const url = env.TIELINE_URL + '/_tieline/' + path;
    return await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  };
  const page = await fetch(env.TIELINE_URL + '/login');
  const [cookie] = page.headers.getSetCookie().map((one) => one.split(';')[0]);
  const [, token] = /name="form_token" value="([^"]+)"/.exec(await page.text()) ?? [];
  const signedIn = await fetch(env.TIELINE_URL + '/login', {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: env.TIELINE_URL, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({
      form_token: token, Email: env.TIELINE_CUSTOMER_EMAIL, Password: env.TIELINE_PASSWORD,
    }),
  });
  console.log(signedIn.status === 303 ? 'in as' : signedIn.status, env.TIELINE_CUSTOMER_EMAIL);
  const { account_sid } = await control('authorize', {
    connect_app_sid: env.TIELINE_CONNECT_APP_SID, account_sid: env.TIELINE_CUSTOMER_ACCOUNT_SID,
  });
  console.log('authorised Tieline Demo', /^AC/.test(account_sid));
`;

suite('tieline run', () => {
  test('lets an unmodified program with the official SDK talk to Tieline', async () => {
    using place = runPlace();
    const program = place.file('app.mjs', SDK_PROGRAM);
    const { status, stdout, stderr } = await place.run(['--', 'node', program]);
    assert.deepEqual([status, stderr], [0, '']);
    const { app, pages, policy, url, code } = JSON.parse(stdout);
    assert.deepEqual(
      { app, pages, policy, code },
      {
        app: 'Tieline Demo',
        pages: [40, 40, 40],
        policy: 'Mine',
        code: 20404,
      },
    );
    // The answer names the requested host, so that following requests come back to Tieline.
    assert.match(url, /^https:\/\/voice\.twilio\.com\/v1\/ConnectionPolicies\/NY/);
  });

  test("answers regional hosts, the consent page and Node's own fetch, too", async () => {
    using place = runPlace();
    const program = place.file(
      'app.mjs',
      `const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token } = process.env;
       const headers = { authorization: 'Basic ' + btoa(sid + ':' + token) };
       for (const host of ['api.dublin.ie1.twilio.com', 'api.us1.twilio.com', 'API.TWILIO.COM']) {
         const url = 'https://' + host + '/2010-04-01/Accounts/' + sid + '/ConnectApps.json';
         const { connect_apps: [app] } = await (await fetch(url, { headers })).json();
         console.log(app.friendly_name);
         const page = await fetch('https://www.twilio.com/authorize/' + app.sid, { redirect: 'manual' });
         console.log(page.status, page.headers.get('location').split('?')[0]);
       }
       console.log((await fetch(process.env.TIELINE_URL + '/healthz')).status);`,
    );
    const { stdout, stderr } = await place.run(['--', 'node', program]);
    assert.equal(stderr, '');
    assert.equal(stdout, `${'Tieline Demo\n303 /login\n'.repeat(3)}200\n`);
  });

  for (const [what, code, expected] of [
    ['success', 'process.exit(0)', 0],
    ['failure', 'process.exit(3)', 3],
    ['a signal', "process.kill(process.pid, 'SIGTERM')", 143],
    ['a crash', "process.kill(process.pid, 'SIGKILL')", 137],
  ] as const) {
    test(`ends as COMMAND does: ${what}`, async () => {
      using place = runPlace();
      const { status, stdout, stderr } = await place.run(['--', 'node', '-e', code]);
      assert.deepEqual([status, stdout], [expected, '']);
      assert.match(stderr, NOTHING_CAME);
    });
  }

  test('ends with a sentence for a COMMAND that does not exist or cannot be run', async () => {
    using place = runPlace();
    const missing = await place.run(['--', 'no-such-program']);
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /^tieline: There is no command no-such-program: [^\n]+\n$/);
    const file = place.file('plain.txt', 'text');
    const plain = await place.run(['--', file]);
    assert.equal(plain.status, 126);
    assert.match(plain.stderr, /^tieline: \S+plain\.txt cannot be run: [^\n]+\n$/);
    const below = await place.run(['--', `${file}/program`]);
    assert.equal(below.status, 126);
    assert.match(below.stderr, /^tieline: \S+program cannot be run \(ENOTDIR\): [^\n]+\n$/);
    const empty = await place.run(['--', '']);
    assert.equal(empty.status, 127);
    assert.match(empty.stderr, /^tieline: COMMAND is empty: [^\n]+\n$/);
    const none = await place.run([]);
    assert.equal(none.status, 2);
    assert.match(none.stderr, /missing required argument 'command'/);
  });

  test('leaves COMMAND its own input and output', async () => {
    using place = runPlace();
    const { stdout } = await place.run(['--', 'sh', '-c', 'cat; echo "$1"', '-', '--port'], {
      input: 'from outside\n',
    });
    assert.equal(stdout, 'from outside\n--port\n');
    const forgotten = await place.run([
      '--offline',
      'echo',
      '--port',
      '1',
      '--',
      '--version',
      '-x',
    ]);
    assert.equal(forgotten.stdout, '--port 1 -- --version -x\n');
  });

  test('passes each signal on to COMMAND once, and COMMAND decides', async () => {
    using place = runPlace();
    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const;
    const code = `for (const name of ${JSON.stringify(signals)}) {
        process.on(name, () => {
          console.log(name);
          if (name === 'SIGUSR2') setTimeout(() => process.exit(7), 200);
        });
      }
      setInterval(() => {}, 1000);
      console.log('ready');`;
    await using running = place.begin(['--', 'node', '-e', code]);
    await running.says('ready');
    for (const signal of signals) {
      running.signal(signal);
      await running.says(signal);
    }
    const { status, stdout, stderr } = await running.end();
    assert.deepEqual([status, stdout], [7, `ready\n${signals.join('\n')}\n`]);
    assert.match(stderr, NOTHING_CAME);
  });

  test('does not repeat a Ctrl-C that the terminal sends to COMMAND', async () => {
    using place = runPlace();
    const code = `let count = 0;
      process.on('SIGINT', () => {
        count += 1;
        setTimeout(() => process.exit(count), 500);
      });
      setInterval(() => {}, 1000);
      console.log('ready');`;
    await using running = place.begin(['--', 'node', '-e', code], { terminal: true });
    await running.says('ready');
    running.type('\u0003');
    assert.equal((await running.end()).status, 1);
  });

  test('leaves no process, and no file except the CA', async () => {
    using place = runPlace();
    const { stdout } = await place.run(['--', 'node', '-p', 'process.pid']);
    assert.throws(() => process.kill(Number(stdout), 0), { code: 'ESRCH' });
    assert.deepEqual(trustFoldersIn(place), []);
    assert.deepEqual(readdirSync(place.ca).toSorted(), ['ca.key', 'ca.pem', 'leaf.pem']);
    assert.equal(statSync(place.ca).mode & 0o777, 0o700);
    assert.equal(statSync(join(place.ca, 'ca.key')).mode & 0o777, 0o600);
    assert.equal(statSync(join(place.ca, 'leaf.pem')).mode & 0o777, 0o600);
  });

  test('explains once that a program does not trust the CA', async () => {
    using place = runPlace();
    const program = place.file(
      'app.mjs',
      `for (const _ of [1, 2]) {
         await fetch('https://api.twilio.com/').catch((error) => console.log(error.cause.code));
       }`,
    );
    const command = ['env', '-u', 'NODE_EXTRA_CA_CERTS', '-u', 'SSL_CERT_FILE', 'node', program];
    const { stdout, stderr } = await place.run(['--', ...command]);
    assert.equal(stdout, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE\n'.repeat(2));
    assert.match(stderr, /^tieline: A program ended its TLS with api\.twilio\.com [^\n]+\n$/);
    const documented = everyBlockOf('docs/guides/run.md').find(({ language }) => !language);
    const [beginning = '-'] = (documented?.code ?? '').split('…');
    assert.ok(stderr.startsWith(beginning), `the guide says: ${beginning}`);
  });

  test('ignores PORT, DATABASE_URL and old proxies of the program', async () => {
    using place = runPlace();
    const env = { PORT: 'nonsense', DATABASE_URL: 'mysql://app', NO_PROXY: 'twilio.com,corp' };
    const code =
      "console.log(['PORT', 'DATABASE_URL', 'NO_PROXY'].map((n) => process.env[n]).join())";
    const { stdout, stderr } = await place.run(['--', 'node', '-e', code], { env });
    assert.equal(stdout, 'nonsense,mysql://app,localhost,127.0.0.1,::1,corp\n');
    assert.match(stderr, NOTHING_CAME);
  });

  test('uses the account that the environment names, and can keep data', async () => {
    using place = runPlace();
    const env = { TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'b'.repeat(32) };
    const data = ['--data', join(place.path, 'data')];
    const call = `fetch('https://api.twilio.com/2010-04-01/Accounts.json?FriendlyName=Kept', {
      method: process.argv[1],
      headers: {
        authorization: 'Basic ' + btoa('${env.TWILIO_ACCOUNT_SID}:${env.TWILIO_AUTH_TOKEN}'),
        'content-type': 'application/x-www-form-urlencoded',
      },
      ...(process.argv[1] === 'POST' && { body: 'FriendlyName=Kept' }),
    }).then((r) => r.text()).then(console.log)`;
    const first = await place.run([...data, '--', 'node', '-e', call, 'POST'], { env });
    assert.match(first.stdout, /"friendly_name":"Kept"/);
    const second = await place.run([...data, '--', 'node', '-e', call, 'GET'], { env });
    assert.match(second.stdout, /"friendly_name":"Kept"/);
  });

  for (const [what, data] of [
    ['in memory', []],
    ['that lasts', ['--data', 'data']],
  ] as const) {
    test(`names the customer, too, before a request to a world ${what}`, async () => {
      using place = runPlace();
      const program = place.file('app.mjs', CUSTOMER_PROGRAM);
      const { stdout, stderr } = await place.run([...data, '--verbose', '--', 'node', program]);
      assert.equal(stdout, 'in as customer@example.com\nauthorised Tieline Demo true\n');
      assert.match(
        stderr,
        /The customer account is AC[0-9a-f]{32}, and signs in at http:\S+ as customer@example\.com \/ \S+\.\n/,
      );
    });
  }

  test('hides npx from COMMAND', async () => {
    using place = runPlace();
    const project = installed(place);
    const code = `const env = Object.keys(process.env).filter((name) => name.startsWith('npm_'));
      console.log(JSON.stringify([process.env.PATH.split(':').slice(0, 2), env, process.env.INIT_CWD]))`;
    const command = ['npx', '--offline', 'tieline', 'run', '--', 'node', '-e', code];
    const { stdout, stderr } = await place.spawn(command, { cwd: project });
    const [path, variables, cwd] = JSON.parse(stdout || `["${stderr}"]`);
    assert.deepEqual([path, variables, cwd], [place.searched.split(':').slice(0, 2), [], null]);
  });
});

/** A project with Tieline and with another program named node. */
function installed(place: RunPlace): string {
  const project = join(place.path, 'project');
  const bin = join(project, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{"name":"project","version":"1.0.0"}');
  symlinkSync(CHECKOUT, join(project, 'node_modules', 'tieline'));
  const shim = join(bin, 'tieline');
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${CHECKOUT}/bin/tieline.js' "$@"\n`);
  chmodSync(shim, 0o755);
  writeFileSync(join(bin, 'node'), '#!/bin/sh\necho the wrong node\n');
  chmodSync(join(bin, 'node'), 0o755);
  return project;
}
