import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, mock, suite, test } from 'node:test';
import { promisify } from 'node:util';
import twilio from 'twilio';
import { isNewEnough, OLDEST_NODE } from '../../bin/newer-node.js';
import manifest from '../../package.json' with { type: 'json' };
import { type StartOptions, startTieline, type Tieline } from '../../src/testing/start-tieline.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const KIT = join(import.meta.dirname, '..', '..', 'src', 'testing', 'start-tieline.ts');

/** A foreign program that knows only its environment. */
const PROGRAM = `
  const { TIELINE_URL, TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token } = process.env;
  const authorization = 'Basic ' + btoa(sid + ':' + token);
  const answer = await fetch(TIELINE_URL + '/2010-04-01/Accounts/' + sid + '.json', { headers: { authorization } });
  console.log(answer.status);
`;

/** Both ways of serving are the same for a test. */
for (const ownProcess of [false, true]) {
  void suite(`the test kit, in a ${ownProcess ? 'process' : 'thread'} of its own`, () => {
    let tieline: Tieline;
    before(async () => {
      tieline = await startTieline({ ownProcess });
    });
    after(() => tieline.close());

    test('starts a world with a developer, a customer and an app', async () => {
      const { accountSid, developer, connectApp } = tieline;
      assert.equal(accountSid, developer.accountSid);
      const [app] = await tieline.client(twilio).connectApps.list();
      assert.equal(app?.sid, connectApp.sid);
      const customer = tieline.client(twilio, tieline.customer);
      assert.notDeepEqual(await customer.incomingPhoneNumbers.list({ limit: 1 }), []);
    });

    test('serves a program while the test blocks its own thread', () => {
      const node = ['--input-type=module', '--eval', PROGRAM];
      const env = { ...process.env, ...tieline.environment() };
      const said = execFileSync(process.execPath, node, { env, encoding: 'utf8', timeout: 20_000 });
      assert.equal(said.trim(), '200');
    });

    test('keeps running when a test stops the timers of its process', async () => {
      mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
      try {
        const receiver = await tieline.receiver();
        const inVain = receiver.waitFor({ Body: 'never' }, { timeout: 20 });
        await assert.rejects(inVain, /within 20 ms\. Nothing arrived\./);
        const { now } = await tieline.control.clock.advance('1h');
        assert.ok(now.getTime() > 0);
      } finally {
        mock.timers.reset();
      }
    });

    test('keeps and restores a world, and fails on request', async () => {
      const { control, customer } = tieline;
      const balance = async () => (await control.balance(customer.accountSid)).balance;
      const before = await balance();
      await control.snapshot('before');
      assert.deepEqual(
        (await control.snapshots()).map(({ name }) => name),
        ['before'],
      );
      await control.creditBalance(customer.accountSid, { amount: 5, reason: 'A gift', key: 'k' });
      assert.notEqual(await balance(), before);
      const { id } = await control.setFault({ status: 503, times: 1 });
      await assert.rejects(tieline.client(twilio).connectApps.list(), { status: 503 });
      assert.deepEqual(
        (await control.faults()).map((fault) => [fault.id, fault.struck]),
        [[id, 1]],
      );
      await control.restore('before');
      assert.equal(await balance(), before);
      assert.deepEqual(await control.faults(), []);
      await assert.rejects(control.clearFault(id), { name: 'TielineError', status: 404 });
      await control.deleteSnapshot('before');
      await assert.rejects(control.restore('before'), { status: 404 });
    });

    test('makes a separate world each time', async () => {
      await using another = await startTieline({ ownProcess });
      assert.notEqual(another.url, tieline.url);
      assert.notEqual(another.accountSid, tieline.accountSid);
      await another.control.clock.advance('30d');
      const [here, there] = await Promise.all([
        tieline.control.clock.now(),
        another.control.clock.now(),
      ]);
      assert.ok(there.getTime() - here.getTime() > 20 * 86_400_000);
    });

    test('is closed once, and says so afterwards', async () => {
      const another = await startTieline({ ownProcess });
      const receiver = await another.receiver();
      await another.close();
      await another.close();
      await assert.rejects(another.control.reset(), {
        name: 'TielineError',
        message: 'This Tieline is closed. Start a new one with startTieline().',
      });
      await assert.rejects(another.receiver(), /is closed/);
      await assert.rejects(receiver.next(), /The receiver is closed/);
      await assert.rejects(fetch(another.url));
    });

    test('uses the credentials that a program has in its code', async () => {
      const developer = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'a'.repeat(32) };
      await using another = await startTieline({ ownProcess, developer });
      assert.deepEqual(another.developer, developer);
      assert.equal(another.environment().TWILIO_AUTH_TOKEN, developer.authToken);
    });

    test('names the option of a port that is in use', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      await assert.rejects(startTieline({ ownProcess, port }), {
        name: 'TielineError',
        message:
          `Port ${port} on 127.0.0.1 is taken by another program: ` +
          'stop it, or choose another with the option port.',
      });
      server.close();
    });

    test('keeps a folder of data, and refuses a folder with other data', async () => {
      using folder = temporaryFolder();
      const data = folder.at('data');
      await using first = await startTieline({ ownProcess, data });
      await first.close();
      await using again = await startTieline({ ownProcess, data });
      assert.deepEqual(again.customer, first.customer);
      await assert.rejects(startTieline({ ownProcess, data: 'mysql://x' }), /Data can live in/);
    });

    test('lets a process end without closing it, and leaves nothing behind', async () => {
      const story = `
        import { startTieline } from ${JSON.stringify(KIT)};
        const tieline = await startTieline({ ownProcess: ${ownProcess} });
        await tieline.receiver();
        await tieline.control.clock.now();
        console.log(tieline.url);`;
      const node = ['--input-type=module', '--eval', story];
      const { stdout } = await run(process.execPath, node, { timeout: 30_000 });
      await gone(stdout.trim());
    });
  });
}

test('the kit keeps time when timers were replaced before it was loaded, as in Jest', async () => {
  const story = `
    globalThis.setTimeout = globalThis.clearTimeout = () => {};
    const { startTieline } = await import(${JSON.stringify(KIT)});
    const tieline = await startTieline();
    const receiver = await tieline.receiver();
    receiver.respond({ delay: 1 });
    await fetch(receiver.url);
    await receiver.waitFor({ never: 'arrives' }, { timeout: 1 }).catch(({ message }) => console.log(message));`;
  const node = ['--input-type=module', '--eval', story];
  const { stdout } = await run(process.execPath, node, { timeout: 30_000 });
  assert.match(stdout, /^No matching request arrived at \S+ within 1 ms\. 1 arrived/);
});

/** Waits until a server that lost its parent process has noticed it and ended. */
async function gone(url: string): Promise<void> {
  for (;;) {
    const answered = await fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    );
    if (!answered) return;
  }
}

suite('refusals of the test kit', () => {
  const cases: readonly (readonly [StartOptions, RegExp])[] = [
    [{ port: 70_000 }, /^startTieline: port must be a whole number from 0 to 65535\.$/],
    [{ data: '' }, /^startTieline: data must be :memory:, a folder, or postgres/],
    [{ logLevel: 'loud' as 'info' }, /^startTieline: logLevel must be one of debug, info/],
    [
      { ports: 1 } as StartOptions,
      /^startTieline: ports is not an option\. The options are port, data/,
    ],
    [
      { developer: { accountSid: 'AC1', authToken: 'a'.repeat(32) } },
      /^startTieline: developer.accountSid must be AC and 32 hexadecimal digits\.$/,
    ],
    [
      { developer: { accountSid: `AC${'1'.repeat(32)}`, authToken: 'é' } },
      /^startTieline: developer.authToken must be 1 to 64 printable ASCII characters\.$/,
    ],
    [{ node: 26 as unknown as string }, /^startTieline: node must be the path of a Node\.js\.$/],
    [
      { node: '/nowhere/node' },
      /^The option node names \/nowhere\/node, which is not a working Node\.js\. Give the path/,
    ],
  ];
  for (const [options, message] of cases) {
    test(JSON.stringify(options), async () => {
      await assert.rejects(startTieline(options), { name: 'TielineError', message });
    });
  }

  test('requires the same Node.js version as package.json', () => {
    assert.equal(manifest.engines.node, `>=${OLDEST_NODE}`);
    assert.ok(isNewEnough(`v${OLDEST_NODE}.0`) && isNewEnough('26.0.0'));
    assert.ok(!isNewEnough('v24.6.9') && !isNewEnough('v20.20.2') && !isNewEnough('v9.99.0'));
  });
});
