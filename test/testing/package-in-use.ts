import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { missingTools, NEWEST } from '../sdks/programs.ts';
import { madeReady } from '../sdks/run-program.ts';
import { freePort } from '../support/free-port.ts';
import { blocksOf } from '../support/guide-blocks.ts';
import { ENGINES } from '../support/test-app.ts';
import { emptyPostgresDatabase } from '../support/test-database.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';
import { type PackedProject, packedProject } from './packed-project.ts';

/**
 * Tests the packed package as both readers of the README meet it: the first minute, their own tests,
 * a program in Python, and a production server. `npm run check:package` runs these tests.
 */

/** An app in Python that knows its credentials, and nothing about where the API is. */
const PYTHON_APP = `
import os
from twilio.rest import Client

client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
apps = [app.friendly_name for app in client.connect_apps.list()]
trunk = client.voice.v1.byoc_trunks.create(friendly_name="From Python")
print(apps, trunk.account_sid == client.username)
`;

const PRODUCTION = {
  TIELINE_PUBLIC_URL: 'https://api.example.com',
  TIELINE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
  TIELINE_ADMIN_TOKEN: 'operator-9f3c1e77a0d24b61',
};

if (process.env['TEST_REGISTRY']) {
  void suite('the package in a fresh folder', () => {
    let project: PackedProject;
    /** The program of the package, for the helpers that start one. */
    const at = (env: Readonly<Record<string, string>> = {}) => ({
      cwd: project.path,
      env: { PATH: project.newer, ...env },
      command: [join(project.binaries, 'tieline')] as const,
    });
    before(async () => {
      project = await packedProject();
    });
    test('passes the first minute of the README: the console, the demo, the loop, the clock', async () => {
      await using server = await startTieline([], at());
      for (const path of ['/console', '/demo', '/docs', '/healthz']) {
        assert.equal((await fetch(server.origin + path)).status, 200, path);
      }
      const shown = server.stdout();
      const [, customer = ''] = /Customer account +(AC\w{32})/.exec(shown) ?? [];
      const [, app = ''] = /(CN[0-9a-f]{32})/.exec(shown) ?? [];
      const pair = { connect_app_sid: app, account_sid: customer };
      const control = async (path: string, body: object) => {
        const headers = { 'Content-Type': 'application/json' };
        const asked = { method: 'POST', headers, body: JSON.stringify(body) };
        const answer = await fetch(`${server.origin}/_tieline${path}`, asked);
        assert.equal(answer.ok, true, await answer.clone().text());
        return (await answer.json()) as { readonly account_sid: string };
      };
      const { account_sid } = await control('/authorize', pair);
      const { password } = server.developer;
      const act = () => {
        const Authorization = `Basic ${btoa(`${account_sid}:${password}`)}`;
        const asked = { method: 'POST', headers: { Authorization }, body: new URLSearchParams() };
        return fetch(`${server.origin}/v1/ConnectionPolicies`, asked);
      };
      assert.equal((await act()).status, 201);
      await control('/deauthorize', pair);
      assert.equal((await act()).status, 401);

      const usage = blocksOf('README.md').find(({ name }) => name === 'usage.mjs');
      writeFileSync(project.at('usage.mjs'), aimAt(server.origin, usage?.code ?? ''));
      const { username } = server.developer;
      const set = ['env', `TWILIO_ACCOUNT_SID=${username}`, `TWILIO_AUTH_TOKEN=${password}`];
      const { stdout } = await project.run(
        project.newer,
        '/usr/bin/env',
        ...set,
        'node',
        'usage.mjs',
      );
      assert.equal(stdout, 'today 12 0.0948\nyesterday 12 trigger called 1 time\n');
    });

    test('runs the test of the quick start by "tieline run -- npm test"', async () => {
      const loop = blocksOf('docs/start/connect-app.md').find(({ language }) => language === 'js');
      writeFileSync(project.at('loop.test.mjs'), loop?.code ?? '');
      await project.run(
        project.newer,
        'npm',
        'pkg',
        'set',
        'scripts.test=node --test loop.test.mjs',
      );
      const { stdout } = await project.run(
        project.newer,
        'npx',
        'tieline',
        'run',
        '--',
        'npm',
        'test',
      );
      assert.match(stdout, /pass 1\n/);
    });

    const python = NEWEST.find(({ sdk }) => sdk === 'Python');
    if (python && missingTools(python).length === 0) {
      test('leads an unchanged program in Python to it by "tieline run"', async () => {
        const [interpreter] = python.command(await madeReady(python));
        writeFileSync(project.at('app.py'), PYTHON_APP);
        const command = ['tieline', 'run', '--', interpreter, 'app.py'];
        const { stdout } = await project.run(project.newer, 'npx', ...command);
        assert.match(stdout, /^\['.+'\] True$/m);
      });
    }

    if (ENGINES.includes('postgres')) {
      test('serves in production on PostgreSQL', async () => {
        await using ends = new AsyncDisposableStack();
        const { location, drop } = await emptyPostgresDatabase();
        ends.defer(drop);
        assert.ok(location.engine === 'postgres');
        const here = at({ ...PRODUCTION, DATABASE_URL: location.url });
        const run = async (...parameters: string[]) => {
          const { status, stdout, stderr } = await runTieline(parameters, here);
          assert.equal(status, 0, stdout + stderr);
          return stdout;
        };
        await run('migrate');
        const operator = ['--operator', '--email', 'you@example.com', '--name', 'You'];
        const invited = await run('people', 'create', ...operator);
        const port = String(await freePort());
        const server = ends.use(await startTieline(['--production', '--port', port], here));
        const origin = `http://127.0.0.1:${port}`;
        assert.equal((await fetch(`${origin}/readyz`)).status, 200);
        const [, link = ''] = /https:\/\/api\.example\.com(\/\S+)/.exec(invited) ?? [];
        assert.equal((await askAs('api.example.com', origin + link)).status, 200, link);
        await run('accounts', 'create', '--friendly-name', 'The first');
        await run('backup', 'all.backup');
        await run('verify');
        assert.equal((await server.end('SIGTERM')).status, 0);
      });
    }
  });
}

/** A request as a proxy with TLS passes it on. `fetch` sets no Host. */
async function askAs(host: string, url: string): Promise<{ readonly status: number | undefined }> {
  const asked = get(url, { headers: { host, 'x-forwarded-proto': 'https' } });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return { status: answer.statusCode };
}

/** A sample of the README with the address of this server. */
function aimAt(origin: string, code: string): string {
  return code.replaceAll('http://localhost:4010', origin);
}
