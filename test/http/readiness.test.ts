import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { start } from '../../src/main.ts';

const SETTINGS = { data: ':memory:', logLevel: 'silent' };
const DEVELOPER = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: '2'.repeat(32),
};
const AUTHORIZATION = `Basic ${btoa(Object.values(DEVELOPER).join(':'))}`;
const SEALING_NONCE_BYTES = 12;
/** The values sealed before the world: one that identifies the key. */
const SEALED_BEFORE = 1;
const PATIENCE_MS = 10_000;

suite('a request during the start of a server', () => {
  test('is answered when the example world exists, and not before', async () => {
    const port = String(await aFreePort());
    const starting = start(readConfig({ ...SETTINGS, port }, DEVELOPER));
    const path = `/2010-04-01/Accounts/${DEVELOPER.TWILIO_ACCOUNT_SID}.json`;
    const first = await firstAnswer(`http://127.0.0.1:${port}${path}`);
    const running = await starting;
    try {
      assert.equal(first.status, 200, await first.text());
    } finally {
      await running.close();
    }
  });

  test('is not answered when the example world cannot be made', async () => {
    const port = await aFreePort();
    let sealed = 0;
    const randomBytes = (size: number) => {
      if (size === SEALING_NONCE_BYTES) sealed += 1;
      if (sealed > SEALED_BEFORE) throw new Error('no more randomness');
      return Buffer.alloc(size, 1);
    };
    const config = readConfig({ ...SETTINGS, port: String(port) }, DEVELOPER);
    await assert.rejects(start(config, { randomBytes }), /no more randomness/);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`), TypeError);
  });
});

/** The first answer of a server that may not listen yet. */
async function firstAnswer(url: string): Promise<Response> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await fetch(url, { headers: { authorization: AUTHORIZATION } });
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
