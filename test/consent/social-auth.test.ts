import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'node:test';
import { inChromium } from '../journeys/real-browser.ts';
import { makeVenv, missingTools, type Program, PYTHON } from '../sdks/programs.ts';
import { madeReady } from '../sdks/run-program.ts';
import { aPerson, signedIn } from '../support/browser.ts';
import { asSystem, testApp } from '../support/test-app.ts';

const HERE = join(import.meta.dirname, 'social-auth');
const PROGRAM = join(HERE, 'app.py');

function release(version: string): Program {
  return {
    sdk: `social-auth-core ${version}`,
    version,
    tools: [PYTHON],
    files: { 'requirements.txt': join(HERE, `requirements-${version}.txt`) },
    prepare: makeVenv,
    command: (folder) => [join(folder, 'venv/bin/python'), '-B', PROGRAM],
  };
}

/** The program at its own origin. The end of the scope stops it. */
async function start(program: Program, connect_app_sid: string) {
  const [python, ...rest] = program.command(await madeReady(program));
  const child = spawn(python, [...rest, connect_app_sid], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [origin] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    origin,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

const RELEASES = ['4.9', '7.0'].map(release);

/** The releases come from a registry. `npm test` says whether it reached one. */
const canRun = ({ TEST_REGISTRY }: NodeJS.ProcessEnv, program: Program) =>
  !!TEST_REGISTRY && missingTools(program).length === 0;

suite("python-social-auth's backend for Connect, unmodified", () => {
  for (const program of RELEASES.filter((one) => canRun(process.env, one))) {
    inChromium(`logs in by ${program.sdk}`, async (browser) => {
      await using app = await testApp({ engine: 'memory' });
      const origin = await app.listen();
      const customer = await app.anAccount();
      const connectApp = await app.aConnectApp(await app.anAccount());
      await using other = await start(program, connectApp.sid);
      const authorize_redirect_url = `${other.origin}/complete/twilio`;
      await asSystem(app, ({ tx }) =>
        tx
          .updateTable('connect_apps')
          .set({ authorize_redirect_url })
          .where('sid', '=', connectApp.sid)
          .execute(),
      );
      const page = await browser.somebody();
      const { cookies } = await signedIn(app, await aPerson(app, customer));
      const value = cookies.get('tieline_session') ?? '';
      await page.context().addCookies([{ name: 'tieline_session', value, url: origin }]);
      // The library names Twilio's host, and this Tieline has another.
      const login = await page.request.get(`${other.origin}/login`, { maxRedirects: 0 });
      const { host, pathname, search } = new URL(login.headers()['location'] ?? '');
      assert.equal(host, 'www.twilio.com');
      await page.goto(origin + pathname + search);
      await page.getByRole('button', { name: 'Authorize', exact: true }).click();
      await page.waitForURL(`${other.origin}/state`);
      const grant = await app.app.database.db
        .selectFrom('grants')
        .select('subaccount_sid')
        .executeTakeFirstOrThrow();
      assert.deepEqual(JSON.parse((await page.locator('body').textContent()) ?? ''), {
        associated: [grant.subaccount_sid],
      });
    });
  }
});
