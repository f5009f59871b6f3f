import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { suite, test } from 'node:test';
import { readCarriers } from '../../src/carriers/read-carriers.ts';
import { freePort } from '../support/free-port.ts';
import { at, blocksOf } from '../support/guide-blocks.ts';
import { OURS, read, send, THEIRS } from '../support/messages.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { loginOf, onEveryEngine, START_OF_TIME, testApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { useCarriers } from './carrier-kinds.ts';

const GUIDE = 'docs/guides/carriers.md';
const SECRETS: Readonly<Record<string, string>> = {
  MNO_PASSWORD: 'secret',
  GATEWAY_SECRET: 'a-secret-of-the-gateway',
  GATEWAY_TOKEN: 'a-token-of-the-gateway',
};
/** The guide keeps one secret in a file of the operator's machine. */
const TOKEN_FILE = { 'file:/etc/tieline/gateway-token': 'env:GATEWAY_TOKEN' };

const blocks = at(TOKEN_FILE, blocksOf(GUIDE));
const blockOf = (name: string) => blocks.find((block) => block.name === name)?.code ?? '';
const inYaml = blocks.filter(({ language }) => language === 'yaml');

suite('the guide of carriers', () => {
  test('shows files that a server can use', () => {
    using folder = temporaryFolder();
    const kinds = inYaml.flatMap(({ code }, index) => {
      const carriersFile = folder.at(`${index}.yaml`);
      writeFileSync(carriersFile, code);
      const environment = (name: string) => SECRETS[name] ?? 'a-secret-of-the-operator';
      const plan = readCarriers({ carriersFile, environment, mode: 'production' });
      return [...plan.carriers.values()].map(({ kind }) => kind);
    });
    const shown = ['http', 'kannel', 'simulated', 'sip', 'smpp', 'twilio'];
    assert.deepEqual([...new Set(kinds)].toSorted(), shown);
  });
});

onEveryEngine('the gateway of the guide of carriers', (engine) => {
  test('takes a message from a number of the guide, and reports it', async () => {
    await using app = await testApp({ engine });
    // The gateway refuses old signatures by its own clock.
    app.advanceReal(Date.now() - START_OF_TIME);
    const account = await app.anAccount();
    const reported = Promise.withResolvers<number>();
    await using events = await webhookReceiver(async ({ url, headers, body }) => {
      const { authorization = '' } = headers;
      const sent = { body: JSON.parse(body) as object, headers: { authorization } };
      const { status, text } = await app.request('POST', new URL(url).pathname, sent);
      reported.resolve(status);
      return { status, body: text };
    });
    const port = await freePort();
    await using gateway = await startGateway({
      ...SECRETS,
      TIELINE_EVENTS: `${events.origin}/_carrier/mine/events`,
      PORT: String(port),
    });
    const written = inYaml.find(({ code }) => code.includes('kind: http'))?.code ?? '';
    const yaml = written.replace('https://gateway.example.com', `http://127.0.0.1:${port}`);
    useCarriers(app, `${yaml}\nroutes: { messages: [{ by: mine }] }\n`, SECRETS);

    const csv = blockOf('numbers.csv').replaceAll(',practice,', ',mine,');
    const imported = await app.control('POST', '/numbers', { csv });
    assert.equal(imported.status, 200, imported.text);
    assert.deepEqual([imported.json.added, imported.json.refused], [3, []], imported.text);
    const bought = await app.post(
      `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers.json`,
      loginOf(account),
      { PhoneNumber: OURS },
    );
    assert.equal(bought.status, 201, bought.text);

    const { sid } = await send(app, account);
    await app.deliver();
    assert.equal(await gateway.nextLine(), `${OURS} to ${THEIRS}: Hello`);
    assert.equal(await reported.promise, 200);
    assert.equal((await read(app, account, sid)).status, 'delivered');
  });
});

/** Runs the gateway of the guide as it is written there. */
async function startGateway(env: Readonly<Record<string, string>>) {
  const folder = temporaryFolder();
  writeFileSync(folder.at('gateway.mjs'), blockOf('gateway.mjs'));
  const child: ChildProcess = spawn(process.execPath, [folder.at('gateway.mjs')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout ?? assert.fail())[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  assert.match(await nextLine(), /^listening on \d+$/);
  return {
    nextLine,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      folder[Symbol.dispose]();
    },
  };
}
