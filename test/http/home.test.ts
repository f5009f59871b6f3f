import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { start } from '../../src/main.ts';
import { recordingUrl } from '../../src/recordings/recording.ts';

const RECORDING = { account_sid: `AC${'1'.repeat(32)}`, sid: `RE${'2'.repeat(32)}` };
const SETTINGS = { data: ':memory:', logLevel: 'silent' };

suite("the server's own address, outside of a request,", () => {
  test('is the address at which the server listens, with its port', async () => {
    const running = await start(readConfig({ ...SETTINGS, port: '0' }, {}));
    try {
      const { port } = new URL(running.origin);
      assert.notEqual(port, '0');
      assert.ok(recordingUrl(running.app, RECORDING).startsWith(`http://localhost:${port}/`));
      const answer = await fetch(`${running.origin}/healthz`);
      assert.equal(answer.status, 200);
    } finally {
      await running.close();
    }
  });

  test('is the public address, if there is one', async () => {
    const publicUrl = 'https://api.example.com';
    const running = await start(readConfig({ ...SETTINGS, port: '0', publicUrl }, {}));
    try {
      assert.ok(recordingUrl(running.app, RECORDING).startsWith(`${publicUrl}/2010-04-01/`));
    } finally {
      await running.close();
    }
  });
});
