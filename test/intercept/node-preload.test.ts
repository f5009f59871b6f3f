import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { oldestNode } from '../support/oldest-node.ts';
import { runPlace } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const UNDICI = join(import.meta.dirname, '..', '..', 'node_modules', 'undici');
/** Versions of Node whose `fetch` and agents read no proxy from the environment. */
const OLDER = ['18.20.8', '20.19.0', '22.12.0', '24.1.0'];
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
  const nodes = temporaryFolder();
  after(() => nodes[Symbol.dispose]());

  async function tells(node: string): Promise<void> {
    using place = runPlace();
    const programs = [place.file('app.cjs', COMMON_JS), place.file('app.mjs', MODULE)];
    const both = ['sh', '-c', '"$0" "$1" && "$0" "$2"', node, ...programs];
    const { stdout, stderr } = await place.run(['--', ...unled, ...both]);
    const every = '200 200 200 true\n';
    assert.deepEqual([stdout, stderr], [`main ${every}worker ${every}module ${every}`, '']);
  }

  test('talk to Tieline: fetch, https, agents of their own, in modules and in threads', async () => {
    await tells(process.execPath);
  });

  if (process.env['TEST_REGISTRY']) {
    for (const version of OLDER) {
      test(`talk to Tieline in Node ${version}`, async () => {
        await tells(await installed(nodes.at(version), version));
      });
    }
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

async function installed(folder: string, version: string): Promise<string> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const { name } = oldestNode();
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, `${name}@${version}`], {
    cwd: folder,
    timeout: INSTALL_MS,
  });
  return join(folder, 'node_modules', name, 'bin', 'node');
}
