import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import twilio from 'twilio';
import { lineUpOf, setLineUp } from '../../src/carriers/line-up.ts';
import { readCarriers } from '../../src/carriers/read-carriers.ts';
import { startTieline } from '../../src/testing/start-tieline.ts';
import { answer, aStage } from '../support/consent-stage.ts';
import { at, blocksOf } from '../support/guide-blocks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

/** The address of Tieline in the guides. */
const DOCUMENTED = 'http://localhost:4010';
const PATIENCE_MS = 60_000;
const KIT = pathToFileURL(join(import.meta.dirname, '../../src/testing/start-tieline.ts')).href;

const folder = temporaryFolder();
symlinkSync(join(process.cwd(), 'node_modules'), folder.at('node_modules'));
after(() => folder[Symbol.dispose]());

function saved(name: string, code: string): string {
  writeFileSync(folder.at(name), code);
  return folder.at(name);
}

async function printed(code: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const program = saved('program.mjs', code);
  const surroundings = { ...process.env, ...env };
  const options = { cwd: folder.path, env: surroundings, timeout: PATIENCE_MS };
  return (await promisify(execFile)(process.execPath, [program], options)).stdout;
}

function codeOf(file: string, section: string, address = DOCUMENTED): string {
  const blocks = at({ [DOCUMENTED]: address }, blocksOf(file, section));
  return blocks.find(({ language }) => language === 'js')?.code ?? '';
}

suite('the samples of the README', () => {
  test('authorise an app and give its client', async () => {
    const said = await printed(`import twilio from 'twilio';
      import { startTieline } from '${KIT}';
      ${codeOf('README.md', 'I build a Connect app')}
      const { sid, status } = await client.api.accounts(account_sid).fetch();
      console.log(sid === account_sid && sid !== tieline.customer.accountSid, status);
      await tieline.close();`);
    assert.equal(said, 'true active\n');
  });

  test('change each app by the SDK', async () => {
    await using tieline = await startTieline();
    const blocks = at({ [DOCUMENTED]: tieline.url }, blocksOf('README.md'));
    const code = blocks.find((block) => block.code.includes("'Counts calls'"))?.code;
    assert.ok(code);
    const developer = { accountSid: tieline.accountSid, authToken: tieline.authToken };
    await printed(code, {
      TWILIO_ACCOUNT_SID: developer.accountSid,
      TWILIO_AUTH_TOKEN: developer.authToken,
    });
    const apps = await tieline.client(twilio, developer).connectApps.list();
    assert.deepEqual(
      apps.map(({ description }) => description),
      ['Counts calls'],
    );
  });
});

const CARRIERS = 'docs/guides/carriers.md';

/** The plans of the guide's files of carriers, read as a server's start in production reads them. */
function plansOfGuide() {
  const token = saved('gateway-token', 'a token of the gateway');
  const files = blocksOf(CARRIERS).filter(({ language }) => language === 'yaml');
  return files.map(({ code }, index) =>
    readCarriers({
      carriersFile: saved(
        `carriers-${index}.yaml`,
        code.replaceAll('/etc/tieline/gateway-token', token),
      ),
      // SMPP's password has eight characters at most, and a secret at least sixteen.
      environment: (name) => name.slice(0, 3).padEnd(name === 'MNO_PASSWORD' ? 8 : 20, '7'),
      mode: 'production',
    }),
  );
}

test('the files of carriers in their guide are read, one of each kind', () => {
  const kinds = plansOfGuide().flatMap(({ carriers }) => [...carriers.values()]);
  for (const kind of ['simulated', 'http', 'kannel', 'smpp', 'twilio']) {
    assert.ok(
      kinds.some((one) => one.kind === kind),
      kind,
    );
  }
});

onEveryEngine('the file of numbers in the guide of carriers', (engine) => {
  test('fills the stock by the carriers of the first file', async () => {
    await using app = await testApp({ engine });
    const [plan] = plansOfGuide();
    assert.ok(plan);
    setLineUp(app.app, { ...lineUpOf(app.app), plan });
    const [, csv = ''] =
      /^```csv numbers\.csv\n(number,country[^]*?)^```$/m.exec(readFileSync(CARRIERS, 'utf8')) ??
      [];
    const { json } = await app.control('POST', '/numbers', { csv });
    assert.deepEqual(json, { dry_run: false, added: 3, changed: 0, unchanged: 0, refused: [] });
  });
});

onEveryEngine('the sample of the guide of the consent page', (engine) => {
  test('accepts a signed redirect once, for its time, and no other address', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, {
      authorize_redirect_url: 'https://app.example.com/authorize',
      signed_redirect: 1,
    });
    const code = codeOf('docs/guides/consent.md', 'Signed redirects');
    const { isFromPlatform } = (await import(
      pathToFileURL(saved(`consent-${engine}.mjs`, code)).href
    )) as { isFromPlatform: (url: string, token: string, now: number) => boolean };
    const page = await stage.browser.get(`${stage.path}?state=s`);
    const { location = '' } = await answer(stage, page, 'authorize');
    const { password: token } = loginOf(stage.developer);
    const now = app.app.now();
    const late = now + 6 * 60_000;
    assert.ok(!isFromPlatform(location, token, late), 'too late');
    assert.ok(!isFromPlatform(location.replace('state=s', 'state=t'), token, now), 'another state');
    assert.ok(!isFromPlatform(location.replace(/&Signature=.*/, ''), token, now), 'unsigned');
    assert.ok(!isFromPlatform(location, '0'.repeat(32), now), 'another token');
    assert.ok(isFromPlatform(location, token, now), location);
    assert.ok(!isFromPlatform(location, token, now), 'a second time');
  });
});

onEveryEngine('the sample line of the guide of monitoring', (engine) => {
  test('has the fields of a line in the log', async () => {
    const [sample] = blocksOf('docs/guides/monitoring.md', 'The log');
    const documented = JSON.parse(sample?.code ?? '') as Record<string, unknown>;
    const production = { mode: 'production', logLevel: 'info' } as const;
    await using app = await testApp({ engine, config: production });
    const owner = await app.anAccount();
    const grant = await app.aGrant(await app.aConnectApp(owner), await app.anAccount());
    await app.get(`/2010-04-01/Accounts/${grant.subaccount_sid}/Messages.json`, {
      username: grant.subaccount_sid,
      password: owner.auth_token,
    });
    const lines = app.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const line = lines.find(({ msg }) => msg === 'request') ?? {};
    assert.deepEqual(Object.keys(documented), Object.keys(line));
    assert.equal(documented['route'], line['route']);
  });
});
