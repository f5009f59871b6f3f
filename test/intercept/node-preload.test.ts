import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import type { Program } from '../sdks/programs.ts';
import { madeReady } from '../sdks/run-program.ts';
import { oldestNode } from '../support/oldest-node.ts';
import { runPlace } from '../support/run-command.ts';

const run = promisify(execFile);
const UNDICI = join(import.meta.dirname, '..', '..', 'node_modules', 'undici');
/** Versions of Node whose `fetch` and agents read no proxy from the environment. */
const OLDER = ['18.20.8', '20.19.0', '22.12.0', '24.1.0'];
/** The older versions in one folder, which remains for later runs. Each has its version as its name. */
const OLDER_NODES: Program = {
  sdk: `Node ${OLDER.join(' ')}`,
  version: null,
  tools: [],
  files: {},
  prepare: async (cwd) => {
    const packages = OLDER.map((version) => `${version}@npm:${oldestNode().name}@${version}`);
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', cwd];
    await run('npm', ['install', ...options, ...packages], { cwd, timeout: INSTALL_MS });
  },
  command: () => [process.execPath],
};
const INSTALL_MS = 180_000;

/** Variables that lead clients to the proxy. These tests remove them. */
const UNLED = ['NODE_USE_ENV_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
const unled = ['env', ...UNLED.flatMap((name) => ['-u', name])];

/** A program that calls Twilio in every way of Node, in the main thread and in another. */
const ASKING = `
  const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token } = process.env;
  const url = 'https://api.twilio.com/2010-04-01/Accounts/' + sid + '.json';
  const headers = { authorization: 'Basic ' + Buffer.from(sid + ':' + token).toString('base64') };
  const byHttps = (options) => new Promise((resolve) => {
    https.get(url, { headers, ...options }, (answer) => resolve(answer.resume().statusCode))
      .on('error', (error) => resolve(error.message));
  });
  const byTls = () => new Promise((resolve) => {
    const socket = tls.connect(443, 'api.twilio.com', { servername: 'api.twilio.com' }, () => {
      resolve(socket.authorized);
      socket.end();
    }).on('error', (error) => resolve(error.message));
  });
  async function ask() {
    return [
      (await fetch(url, { headers }).catch((error) => ({ status: error.cause.message }))).status,
      await byHttps({}),
      await byHttps({ agent: new https.Agent({ keepAlive: true }) }),
      await byTls(),
    ].join(' ');
  }`;

const COMMON_JS = `
  const https = require('https'), tls = require('tls');
  const { Worker, isMainThread } = require('worker_threads');
  ${ASKING}
  ask().then((line) => {
    console.log(isMainThread ? 'main' : 'worker', line);
    if (isMainThread) new Worker(__filename);
    else process.exit();
  });`;

const MODULE = `
  import https, { get } from 'node:https';
  import tls from 'node:tls';
  ${ASKING}
  console.log('module', await ask());`;

/** A client with its own undici and its own dispatcher. */
const OWN_UNDICI = `
  const { fetch, request, Agent } = require(process.argv[2]);
  const url = 'https://api.twilio.com/2010-04-01/Accounts.json';
  (async () => {
    const dispatcher = new Agent();
    console.log((await fetch(url)).status, (await request(url, { dispatcher })).statusCode);
  })();`;

suite('programs in Node whose clients read no proxy from the environment', () => {
  /** Runs the programs in each Node, given by its version. All share one run and its Tieline. */
  async function tells(nodes: Readonly<Record<string, string>>): Promise<void> {
    using place = runPlace();
    const programs = [place.file('app.cjs', COMMON_JS), place.file('app.mjs', MODULE)];
    const script = 'for node do "$node" --version; "$node" "$0"; "$node" "$module"; done';
    const [common = '', module = ''] = programs;
    const all = ['env', `module=${module}`, 'sh', '-c', script, common, ...Object.values(nodes)];
    const { stdout, stderr } = await place.run(['--', ...unled, ...all]);
    const every = '200 200 200 true\n';
    const lines = `main ${every}worker ${every}module ${every}`;
    const expected = Object.keys(nodes).map((version) => `v${version}\n${lines}`);
    assert.deepEqual([stdout, stderr], [expected.join(''), '']);
  }

  test('talk to Tieline: fetch, https, agents of their own, in modules and in threads', async () => {
    await tells({ [process.versions.node]: process.execPath });
  });

  if (process.env['TEST_REGISTRY']) {
    test(`talk to Tieline in Node ${OLDER.join(', ')}, too`, async () => {
      const folder = await madeReady(OLDER_NODES);
      const nodeOf = (version: string) => join(folder, 'node_modules', version, 'bin', 'node');
      await tells(Object.fromEntries(OLDER.map((version) => [version, nodeOf(version)])));
    });
  }

  test('talk to Tieline through their own undici with its own dispatcher, too', async () => {
    using place = runPlace();
    const program = place.file('app.cjs', OWN_UNDICI);
    const { stdout, stderr } = await place.run(['--', ...unled, 'node', program, UNDICI]);
    assert.deepEqual([stdout, stderr], ['401 401\n', '']);
  });

  test('talk to Tieline from a forked Node with its own environment', async () => {
    using place = runPlace();
    const child = place.file(
      'child.cjs',
      `fetch('https://api.twilio.com/2010-04-01').then(({ status }) => {
        console.log(process.argv[2], process.env.MINE, status);
      })`,
    );
    const code = `import { fork } from 'node:child_process';
      import { once } from 'node:events';
      const child = ${JSON.stringify(child)};
      await once(fork(child, ['a'], { env: { MINE: '1' } }), 'exit');
      await once(fork(child, { env: { MINE: '2', NODE_OPTIONS: '--no-warnings' } }), 'exit');
      process.env = { MINE: '3' };
      await once(fork(child, ['c']), 'exit');
      await once(fork(child), 'exit');`;
    const program = place.file('app.mjs', code);
    const { stdout, stderr } = await place.run(['--', ...unled, 'node', program]);
    const lines = ['a 1 404', 'undefined 2 404', 'c 3 404', 'undefined 3 404', ''];
    assert.deepEqual([stdout, stderr], [lines.join('\n'), '']);
  });

  test('are refused with --offline, with one notice of each host for all processes', async () => {
    using place = runPlace();
    const code = `(async () => {
      for (const url of ['https://verify.twilio.com/v2', 'https://example.com/', 'http://example.com/']) {
        await fetch(url).then(
          async (answer) => console.log(answer.status, (await answer.json()).code),
          ({ cause }) => console.log(cause.code, cause.message),
        );
      }
    })()`;
    const twice = [...unled, 'sh', '-c', 'node -e "$1"; node -e "$1"', '-', code];
    const { stdout, stderr } = await place.run(['--offline', '--', ...twice]);
    const refused =
      'ECONNREFUSED Tieline runs with --offline, and example.com is not one of its hosts.\n';
    assert.equal(stdout, `403 20403\n${refused}${refused}`.repeat(2));
    const told = (host: string) =>
      `tieline: The program asked for ${host}, which --offline refuses.\n`;
    assert.equal(stderr, told('verify.twilio.com') + told('example.com'));
  });

  test('reach this machine and the hosts of NO_PROXY with --offline', async () => {
    using place = runPlace();
    const code = `const server = require('http').createServer((_, answer) => answer.end('here'));
      server.listen(0, async () => {
        const { port } = server.address();
        console.log(await (await fetch('http://localhost:' + port)).text());
        await fetch('http://db.corp.invalid').catch(({ cause }) => console.log(cause.code));
        server.close();
      })`;
    const env = { NO_PROXY: '.corp.invalid' };
    const { stdout } = await place.run(['--offline', '--', ...unled, 'node', '-e', code], { env });
    assert.match(stdout, /^here\n(ENOTFOUND|EAI_AGAIN)\n$/);
  });

  test('keep the previous value of NODE_OPTIONS, in folders of any name', async () => {
    using place = runPlace();
    const temporary = join(place.path, 'a "quoted" \\\\ name');
    mkdirSync(temporary);
    const env = { TMPDIR: temporary, NODE_OPTIONS: '--title=mine' };
    const code =
      "fetch('https://api.twilio.com/').then((a) => console.log(process.title, a.status))";
    const { stdout, stderr } = await place.run(['--', ...unled, 'node', '-e', code], { env });
    assert.deepEqual([stdout, stderr], ['mine 200\n', '']);
  });
});
