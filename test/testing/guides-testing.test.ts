import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import twilio from 'twilio';
import { startTieline, type Tieline } from '../../src/testing/start-tieline.ts';
import { missingTools, NEWEST } from '../sdks/programs.ts';
import { madeReady } from '../sdks/run-program.ts';
import { at, blocksOf } from '../support/guide-blocks.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const KIT = pathToFileURL(join(import.meta.dirname, '../../src/testing/start-tieline.ts')).href;
const TESTING = 'docs/guides/testing.md';
const SDKS = 'docs/guides/sdks.md';
const QUICK_START = 'docs/start/connect-app.md';

/** The address of Tieline in the guides. */
const DOCUMENTED = 'http://localhost:4010';
const PATIENCE_MS = 60_000;

suite('the samples of the testing guides', () => {
  let tieline: Tieline;
  let folder: TemporaryFolder;
  let env: Record<string, string>;
  before(async () => {
    tieline = await startTieline();
    folder = temporaryFolder();
    symlinkSync(join(process.cwd(), 'node_modules'), folder.at('node_modules'));
    const { customer } = tieline;
    const client = tieline.client(twilio, customer);
    const [number] = await client.incomingPhoneNumbers.list({ limit: 1 });
    env = {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      HOME: folder.path,
      TIELINE_URL: tieline.url,
      TWILIO_ACCOUNT_SID: customer.accountSid,
      TWILIO_AUTH_TOKEN: customer.authToken,
      NUMBER: number?.phoneNumber ?? '',
    };
  });
  after(async () => {
    await tieline.close();
    folder[Symbol.dispose]();
  });

  /** The blocks of a section in a language, with the address of this test's Tieline. */
  function codeOf(file: string, section: string, language: string): string[] {
    const blocks = at({ [DOCUMENTED]: tieline.url }, blocksOf(file, section));
    const codes = blocks.filter((block) => block.language === language);
    assert.ok(codes.length > 0, `${section} has no ${language}`);
    return codes.map(({ code }) => code);
  }

  /** The output of a program that must succeed. */
  async function printed(program: string, ...parameters: string[]): Promise<string> {
    const { stdout } = await run(program, parameters, {
      cwd: folder.path,
      env,
      timeout: PATIENCE_MS,
    });
    return stdout;
  }

  const node = (code: string) => {
    writeFileSync(folder.at('program.mjs'), code);
    return printed(process.execPath, 'program.mjs');
  };
  const shell = (code: string) => printed('bash', '-eu', '-c', code);

  test('in a suite of their own', async () => {
    for (const [file, section] of [
      [TESTING, 'In your own suite'],
      [QUICK_START, '3. Test the loop itself'],
    ] as const) {
      const [code = ''] = codeOf(file, section, 'js');
      writeFileSync(folder.at('suite.test.mjs'), code.replace("'tieline/testing'", `'${KIT}'`));
      const said = await printed(process.execPath, '--test', 'suite.test.mjs');
      assert.match(said, /pass 1\n[^]*fail 0\n/, file);
    }
  });

  test('with test credentials', async () => {
    const account = await tieline.control.createAccount({ friendly_name: 'Somebody' });
    env['TEST_ACCOUNT_SID'] = account.test_account_sid;
    env['TEST_AUTH_TOKEN'] = account.test_auth_token;
    const [code = ''] = codeOf(TESTING, 'Test credentials', 'js');
    assert.equal(await node(code), 'queued\n');
  });

  test('for incoming messages and calls, and for a month that passes', async () => {
    const [arriving = '', month = ''] = codeOf(TESTING, 'Incoming messages and calls', 'sh');
    const before = await tieline.control.clock.now();
    assert.match(await shell(arriving), /^{"account_sid":[^]*"body":"Hello"[^]*"sid":"CA\w{32}"/);
    assert.match(await shell(month), /^{"now":/);
    const { now } = await tieline.control.clock.advance('1s');
    assert.ok(now.getTime() - before.getTime() >= 30 * 86_400_000);
  });

  test('to keep a world and restore it', async () => {
    const [code = ''] = codeOf(TESTING, 'Snapshots', 'sh');
    assert.match(await shell(code), /^{"name":"ready",[^{}]*}$/);
  });

  test('for faults', async () => {
    const { control, customer } = tieline;
    const messages = tieline.client(twilio, customer).messages;
    const [refusing = ''] = codeOf(TESTING, 'Faults', 'sh');
    await shell(refusing);
    const wanted = { from: env['NUMBER'] ?? '', to: '+14155550123', body: 'Hello' };
    await assert.rejects(messages.create(wanted), { status: 429 });
    await control.clearFaults();

    const [twice = ''] = codeOf(TESTING, 'Faults', 'js');
    const before = (await messages.list({ to: wanted.to })).length;
    const { id } = await control.setFault({ cut: 'after', times: 1 });
    assert.equal(await node(twice), '201\n');
    const [fault] = await control.faults();
    assert.deepEqual([fault?.id, fault?.struck], [id, 1]);
    assert.equal((await messages.list({ to: wanted.to })).length, before + 1);
  });

  test('to authorise an app', async () => {
    const [code = ''] = blocksOf(SDKS).map((block) => block.code);
    const asked = code
      .replace('CN…', tieline.connectApp.sid)
      .replace('AC…', tieline.customer.accountSid);
    assert.match(await shell(asked), /^{"account_sid":"AC\w{32}"/);
  });

  const LISTS = ['connectApps.list()', 'voice.v1.connectionPolicies.list()'];

  test('to point the Node SDK at Tieline', async () => {
    const [code = ''] = codeOf(SDKS, 'The base URL instead', 'js');
    const lengths = LISTS.map((list) => `(await client.${list}).length`);
    assert.equal(await node(`${code}console.log(${lengths.join()});`), '0 0\n');
  });

  const python = NEWEST.find(({ sdk }) => sdk === 'Python');
  // The end of `npm test` names missing tools, for this test as for the SDKs in other languages.
  if (python && missingTools(python).length === 0 && process.env['TEST_REGISTRY']) {
    test('to point the Python SDK at Tieline', async () => {
      const [code = ''] = codeOf(SDKS, 'The base URL instead', 'python');
      const [interpreter] = python.command(await madeReady(python));
      const lengths = LISTS.map((list) => `len(client.${pythonic(list)})`);
      const said = await printed(interpreter, '-c', `${code}print(${lengths.join()})`);
      assert.equal(said, '0 0\n');
    });
  }
});

function pythonic(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
