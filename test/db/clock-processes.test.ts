import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../src/app.ts';
import { ConfigError, readConfig } from '../../src/config.ts';
import { followClock } from '../../src/control/follow-clock.ts';
import { buildServer } from '../../src/http/server.ts';
import { openLog } from '../../src/kit/log.ts';
import { start } from '../../src/main.ts';
import { ROUTES } from '../../src/routes.ts';
import { listDeliveries } from '../../src/webhooks/delivery-store.ts';
import { startWorkers } from '../../src/workers.ts';
import { ENGINES, START_OF_TIME, testApp } from '../support/test-app.ts';
import { freshDatabase } from '../support/test-database.ts';
import { enqueue } from '../support/webhook.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const DAY = 86_400_000;

const iso = (ms: number) => new Date(ms).toISOString();

for (const engine of ENGINES) {
  test(`a moved clock survives a restart, and production refuses its data (${engine})`, async () => {
    const { location, drop } = await freshDatabase(engine);
    const log = openLog('silent');
    const secretKeys = [{ id: 'k1', bytes: Buffer.alloc(32, 1) }];
    const config = { ...readConfig({ port: '0' }, {}), data: location, secretKeys };
    const now = () => START_OF_TIME;
    try {
      const app = await openApp(config, { log, now });
      const server = buildServer(app, ROUTES);
      const headers = { host: 'localhost', 'content-type': 'application/json' };
      const payload = JSON.stringify({ advance: '40d' });
      const url = '/_tieline/clock';
      await server.inject({ method: 'POST', url, headers, payload });
      await server.close();
      await app.close();

      const again = await openApp(config, { log, now });
      assert.equal(again.now(), START_OF_TIME + 40 * DAY);
      await again.close();
      await assert.rejects(start({ ...config, mode: 'production' }, { log }), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /clock .* was moved in development/);
        return true;
      });
    } finally {
      await drop();
    }
  });
}

if (ENGINES.includes('postgres')) {
  test('processes of one database share a clock, and move it one after the other', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { config, log } = app.app;
    const other = await openApp(config, { log, now: app.app.clock.wall });
    const server = buildServer(other, ROUTES);
    const ofOther = async (method: 'GET' | 'POST', body?: unknown) => {
      const headers = { host: 'localhost', 'content-type': 'application/json' };
      const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
      const { json } = await server.inject({ method, url: '/_tieline/clock', headers, ...payload });
      return json();
    };
    try {
      await app.control('POST', '/clock', { advance: '1d' });
      assert.equal(other.now(), START_OF_TIME);
      await followClock(other);
      assert.equal(other.now(), START_OF_TIME + DAY);

      await Promise.all([
        ...Array.from({ length: 10 }, () => app.control('POST', '/clock', { advance: '1h' })),
        ...Array.from({ length: 10 }, () => ofOther('POST', { advance: '1h' })),
      ]);
      const together = START_OF_TIME + DAY + (20 * DAY) / 24;
      assert.equal((await ofOther('GET')).now, iso(together));
      assert.equal((await app.control('GET', '/clock')).json.now, iso(together));
      const back = await ofOther('POST', { set: iso(together - 1) });
      assert.match(back.error, /earlier than now/);

      await app.control('POST', '/reset');
      await followClock(other);
      assert.equal(other.now(), START_OF_TIME);
    } finally {
      await server.close();
      await other.close();
    }
  });

  test('a clock that jumps answers when every process has made its attempts', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { config, log, database } = app.app;
    const other = await openApp(config, { log, now: app.app.clock.wall });
    const otherIsDone = Promise.withResolvers<void>();
    await using receiver = await webhookReceiver(async (_, index) => {
      if (index < 8) return { status: 500 };
      // One process has four requests to a host under way, and the other sends the rest.
      await (index < 12 ? receiver.arrived(16) : otherIsDone.promise);
      return { status: 200 };
    });
    const account = await app.anAccount();
    for (let count = 0; count < 8; count += 1) await enqueue(app, account, receiver.origin);
    await app.deliver();
    const workers = startWorkers(other);
    const delivered = async () =>
      (await listDeliveries(database.db, { state: 'delivered' }, 10)).length;
    try {
      const moving = app.control('POST', '/clock', { advance: '1h' });
      await receiver.arrived(16);
      while ((await delivered()) < 4) await app.anAccount();
      otherIsDone.resolve();
      const { json } = await moving;
      assert.deepEqual([json.delivered, json.pending], [8, 0]);
      assert.equal(receiver.received.length, 16);
    } finally {
      await workers.stop();
      await other.close();
    }
  });
}
