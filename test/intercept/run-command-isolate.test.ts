import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hasNamespaces, runPlace } from '../support/run-command.ts';

const SENTENCE =
  /^tieline: --isolate could not make a network for COMMAND \([^\n]+\): it needs Linux [^\n]+\n$/;
const told = (host: string) => `tieline: The program asked for ${host}, which --offline refuses.\n`;

/** Removes the variables that lead clients to Tieline. */
const BARE = ['env', '-u', 'NODE_OPTIONS', '-u', 'NODE_USE_ENV_PROXY'];

suite('tieline run --isolate', () => {
  if (!hasNamespaces) {
    test('says in a sentence that the system does not support it', async () => {
      using place = runPlace();
      const { status, stdout, stderr } = await place.run(['--isolate', '--', 'echo', 'never']);
      assert.deepEqual([status, stdout], [125, '']);
      assert.match(stderr, SENTENCE);
    });
    return;
  }

  test('leads a client without a proxy to Tieline, and nowhere else', async () => {
    using place = runPlace();
    const code = `(async () => {
      const urls = ['https://api.twilio.com/2010-04-01', 'https://verify.twilio.com/',
        'https://example.com/', 'https://8.8.8.8/', 'http://example.com/', 'http://example.com:81/'];
      for (const url of urls) {
        await fetch(url).then(({ status }) => console.log(status), ({ cause }) => console.log(cause.code));
      }
      console.log((await fetch(process.env.TIELINE_URL + '/healthz')).status);
    })()`;
    const command = [...BARE, process.execPath, '-e', code];
    const { stdout, stderr } = await place.run(['--isolate', '--', ...command]);
    const mismatch = 'ERR_TLS_CERT_ALTNAME_INVALID';
    assert.equal(stdout, `404\n403\n${mismatch}\n${mismatch}\n403\nECONNREFUSED\n200\n`);
    assert.equal(stderr, told('verify.twilio.com') + told('example.com'));
  });

  test('leads a client with a proxy to Tieline through the proxy', async () => {
    using place = runPlace();
    const code = `(async () => {
      console.log((await fetch('https://api.twilio.com/2010-04-01')).status);
      await fetch('https://example.com/').catch(({ cause }) => console.log(cause.code));
    })()`;
    const { stdout, stderr } = await place.run(['--isolate', '--', 'node', '-e', code]);
    assert.match(stdout, /^404\n\w+\n$/);
    assert.equal(stderr, told('example.com'));
  });

  test('delivers webhooks to receivers inside, by name and through the proxy', async () => {
    using place = runPlace();
    const program = place.file('app.mjs', RECEIVER_PROGRAM);
    const { stdout, stderr, status } = await place.run(['--isolate', '--', 'node', program]);
    assert.deepEqual([stdout, stderr, status], ['GET /by-proxy\nPOST /deauthorized\n', '', 0]);
  });

  test('hides servers outside', async () => {
    using place = runPlace();
    const code = `const server = require('node:http').createServer((_, answer) => answer.end('outside'));
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        const parameters = [process.argv[1], 'run', '--isolate', '--', 'node', '-e',
          "fetch('http://127.0.0.1:" + port + "').catch(({ cause }) => console.log(cause.code))"];
        require('node:child_process').spawn(process.execPath, parameters, { stdio: 'inherit' })
          .on('exit', () => server.close());
      });`;
    const { PROGRAM } = await import('../support/program/program.ts');
    const { stdout } = await place.spawn([process.execPath, '-e', code, PROGRAM]);
    assert.equal(stdout, 'ECONNREFUSED\n');
  });

  test('ends as COMMAND does: with its status, its signals and its failed start', async () => {
    using place = runPlace();
    const ended = await place.run(['--isolate', '--', 'sh', '-c', 'id -u; exit 7']);
    assert.deepEqual([ended.status, ended.stdout], [7, `${process.getuid?.()}\n`]);
    assert.match(ended.stderr, /^tieline: COMMAND has ended, and sent no request to Twilio\.\n$/);
    const code = `process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1e3);
      console.log('ready');`;
    await using running = place.begin(['--isolate', '--', 'node', '-e', code]);
    await running.says('ready');
    running.signal('SIGTERM');
    assert.equal((await running.end()).status, 9);
    const missing = await place.run(['--isolate', '--', 'no-such-program']);
    assert.equal(missing.status, 127);
    assert.match(missing.stderr, /^tieline: There is no command no-such-program: [^\n]+\n$/);
    const plain = await place.run(['--isolate', '--', place.file('plain.txt', 'text')]);
    assert.equal(plain.status, 126);
  });

  test('ends with a sentence without the programs that it needs', async () => {
    using place = runPlace();
    const env = { PATH: place.temporary };
    const { status, stdout, stderr } = await place.run(['--isolate', '--', 'echo'], { env });
    assert.deepEqual([status, stdout], [125, '']);
    assert.match(stderr, SENTENCE);
  });
});

/** A program that receives its own request through the proxy, and a webhook. */
const RECEIVER_PROGRAM = `
  import { createServer, request } from 'node:http';
  const { env } = process;
  const heard = [];
  const server = createServer((asked, answer) => {
    heard.push(asked.method + ' ' + asked.url);
    answer.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const home = 'http://127.0.0.1:' + server.address().port;
  const { hostname, port } = new URL(env.HTTP_PROXY);
  await new Promise((resolve) =>
    request({ hostname, port, path: home + '/by-proxy' }, resolve).end());
  const control = async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const url = env.TIELINE_URL + '/_tieline/' + path;
    return await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  };
  const app = await control('connect_apps', {
    account_sid: env.TWILIO_ACCOUNT_SID, friendly_name: 'Mine', company_name: 'Mine',
    permissions: ['get-all'], authorize_redirect_url: home + '/authorized',
    deauthorize_callback_url: home.replace('127.0.0.1', 'localhost') + '/deauthorized',
  });
  const both = { connect_app_sid: app.connect_app_sid ?? app.sid, account_sid: env.TIELINE_CUSTOMER_ACCOUNT_SID };
  await control('authorize', both);
  await control('deauthorize', both);
  await control('clock', { advance: '1s' });
  for (const line of heard) console.log(line);
  process.exit();
`;
