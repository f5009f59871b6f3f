import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request as tlsRequest } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { blocksOf } from '../support/guide-blocks.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../support/self-signed.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type RunningTieline, startTieline } from '../support/tieline-process.ts';

const NAME = 'connect.example.com';
const WAIT_MS = 100;
const PATIENCE = 200;
/** More than a request of the API may have, and less than a proxy lets through. */
const LARGE_BYTES = 2 * 1024 * 1024;
const ADMIN_TOKEN = 'b5b2f6d0c1a94e7f8d3c2b1a09f8e7d6';

interface Ports {
  readonly http: number;
  readonly https: number;
  /** A process that runs, and one that does not. */
  readonly alive: number;
  readonly dead: number;
}

/** The command that runs a proxy with the file of `deploy/`, changed in names and ports only. */
interface Proxy {
  readonly file: string;
  readonly command: (folder: string, ports: Ports) => readonly [string, ...string[]];
}

const PROXIES: Readonly<Record<string, Proxy>> = {
  nginx: {
    file: 'deploy/nginx.conf',
    command: (folder, { http, https, alive, dead }) => {
      const site = readFileSync('deploy/nginx.conf', 'utf8')
        .replaceAll(NAME, 'localhost')
        .replaceAll(/^ *listen \[::\].*\n/gm, '')
        .replace('listen 80;', `listen 127.0.0.1:${http};`)
        .replace('listen 443 ', `listen 127.0.0.1:${https} `)
        .replace('127.0.0.1:4010', `127.0.0.1:${alive}`)
        .replace('127.0.0.1:4011', `127.0.0.1:${dead}`)
        .replaceAll('/etc/ssl/tieline', folder);
      writeFileSync(join(folder, 'fullchain.pem'), CERTIFICATE);
      writeFileSync(join(folder, 'privkey.pem'), PRIVATE_KEY);
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      );
      const user = process.getuid?.() === 0 ? 'user root;' : '';
      writeFileSync(
        join(folder, 'nginx.conf'),
        `${user} daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
        http { access_log off; ${paths.join(' ')} ${site} }`,
      );
      return ['nginx', '-p', folder, '-e', 'error.log', '-c', join(folder, 'nginx.conf')];
    },
  },
  Caddy: {
    file: 'deploy/Caddyfile',
    command: (folder, { http, https, alive, dead }) => {
      const site = readFileSync('deploy/Caddyfile', 'utf8')
        .replaceAll(NAME, 'localhost')
        .replace('127.0.0.1:4010', `127.0.0.1:${alive}`)
        .replace('127.0.0.1:4011', `127.0.0.1:${dead}`);
      const options = ['admin off', 'skip_install_trust', 'default_bind 127.0.0.1'];
      const ports = [`http_port ${http}`, `https_port ${https}`, `storage file_system ${folder}`];
      const file = join(folder, 'Caddyfile');
      writeFileSync(file, `{\n${[...options, ...ports].join('\n')}\n}\n${site}`);
      return ['caddy', 'run', '--adapter', 'caddyfile', '--config', file];
    },
  },
};

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends a request to a proxy whose certificate nobody knows. */
async function send(
  kind: 'http' | 'https',
  { body, ...options }: RequestOptions & { readonly body?: string },
): Promise<Answer> {
  const request = kind === 'http' ? plainRequest : tlsRequest;
  const sent = request({
    host: '127.0.0.1',
    servername: 'localhost',
    rejectUnauthorized: false,
    agent: false,
    ...options,
    headers: { host: 'localhost', ...(options.headers as Record<string, string>) },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

async function waitFor(isDone: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  for (let round = 0; round < PATIENCE; round += 1) {
    if (child.exitCode !== null) break;
    if (await isDone().catch(() => false)) return;
    await sleep(WAIT_MS);
  }
  assert.fail('the proxy does not answer');
}

for (const [name, { file, command }] of Object.entries(PROXIES)) {
  suite(`${name} with ${file}`, () => {
    test('serves Tieline by TLS', async () => {
      await using ends = new AsyncDisposableStack();
      const folder = temporaryFolder();
      ends.defer(() => folder[Symbol.dispose]());
      const free = await Promise.all([1, 2, 3, 4].map(() => freePort()));
      const [http = 0, https = 0, alive = 0, dead = 0] = free;
      const tieline: RunningTieline = ends.use(
        await startTieline(['--production', '--port', String(alive)], {
          cwd: folder.path,
          env: {
            TIELINE_DATA: join(folder.path, 'data'),
            TIELINE_PUBLIC_URL: `https://localhost:${https}`,
            TIELINE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
            TIELINE_ADMIN_TOKEN: ADMIN_TOKEN,
            TIELINE_TRUSTED_PROXIES: '127.0.0.1',
          },
        }),
      );
      const ports = { http, https, alive, dead };
      const [program, ...parameters] = command(folder.path, ports);
      const env = { ...process.env, HOME: folder.path, XDG_DATA_HOME: folder.path };
      const child = spawn(program, parameters, {
        cwd: folder.path,
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const said = text(child.stderr);
      const ended = once(child, 'exit');
      ends.defer(async () => {
        child.kill('SIGTERM');
        await ended;
      });
      await waitFor(
        async () => (await send('https', { port: https, path: '/readyz' })).status === 200,
        child,
      ).catch(async (error: unknown) => {
        child.kill('SIGTERM');
        throw new Error((await said).slice(-1_000), { cause: error });
      });

      // One of the two processes does not run, and no request notices.
      for (let round = 0; round < 10; round += 1) {
        const { status } = await send('https', { port: https, path: '/readyz' });
        assert.equal(status, 200);
      }

      // A page without encryption is led to https; a program is refused.
      const page = await send('http', { port: http, path: '/console?a=b' });
      assert.equal(page.status, 308);
      assert.match(page.headers.location ?? '', /^https:\/\/localhost\/console\?a=b$/);
      const path = '/2010-04-01/Accounts.json';
      const open = await send('http', {
        port: http,
        path,
        headers: { authorization: 'Basic YTpi' },
      });
      assert.equal(open.status, 403);
      const sealed = await send('https', { port: https, path });
      assert.equal(sealed.status, 401);
      assert.equal(JSON.parse(sealed.body).code, 20003);

      // The client's own word about its address does not count.
      await send('https', { port: https, path, headers: { 'x-forwarded-for': '203.0.113.9' } });
      const forwarded = { 'x-forwarded-host': 'evil.example.com', forwarded: 'for=203.0.113.9' };
      const login = await send('https', { port: https, path: '/console', headers: forwarded });
      assert.ok(!`${login.headers.location}${login.body}`.includes('evil.example.com'));
      assert.match(tieline.stderr() + tieline.stdout(), /"address":"127\.0\.0\.1"/);
      assert.doesNotMatch(tieline.stderr() + tieline.stdout(), /203\.0\.113\.9/);

      // Tieline's own words about a large request come through.
      const large = await send('https', {
        port: https,
        path,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `FriendlyName=${'x'.repeat(LARGE_BYTES)}`,
      });
      assert.equal(large.status, 413);
      assert.match(large.headers['content-type'] ?? '', /json/);

      // The control API and the metrics are for the operator's machines.
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      for (const operated of ['/metrics', '/_tieline/accounts']) {
        const inside = await send('https', { port: https, path: operated, headers });
        assert.equal(inside.status, 200, operated);
        const localAddress = '127.0.0.2';
        const outside = await send('https', { port: https, path: operated, headers, localAddress });
        assert.equal(outside.status, 403, operated);
      }
    });
  });
}

test('nginx accepts the servers in docs/security/connections.md', () => {
  using folder = temporaryFolder();
  writeFileSync(folder.at('api.example.com.pem'), CERTIFICATE);
  writeFileSync(folder.at('api.example.com.key'), PRIVATE_KEY);
  const block = blocksOf('docs/security/connections.md').find(
    ({ language }) => language === 'nginx',
  );
  const site = (block?.code ?? '').replaceAll('/etc/ssl', folder.path);
  const settings = `pid ${folder.at('pid')}; events {} http { access_log off; ${site} }`;
  writeFileSync(folder.at('nginx.conf'), settings);
  const check = ['-t', '-p', folder.path, '-e', 'error.log', '-c', folder.at('nginx.conf')];
  const { status, stderr } = spawnSync('nginx', check, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
