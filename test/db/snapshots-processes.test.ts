import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { followClock } from '../../src/control/follow-clock.ts';
import { keepSnapshot } from '../../src/control/keep-snapshot.ts';
import { restoreSnapshot } from '../../src/control/restore-snapshot.ts';
import { readSetting } from '../../src/db/settings-store.ts';
import { openLog } from '../../src/kit/log.ts';
import { resealSecrets } from '../../src/lifecycle/reseal-secrets.ts';
import { digestOfData } from '../support/digest.ts';
import { aLivelyWorld } from '../support/lively-world.ts';
import { ENGINES, loginOf, START_OF_TIME, testApp } from '../support/test-app.ts';
import { freshDatabase } from '../support/test-database.ts';

const DAY = 86_400_000;
const log = openLog('silent');
const aKey = (id: string, byte: number) => ({ id, bytes: Buffer.alloc(32, byte) });

for (const engine of ENGINES) {
  test(`a snapshot survives a restart, and is refused when its key is gone (${engine})`, async () => {
    const { location, drop } = await freshDatabase(engine);
    const config = { ...readConfig({ port: '0' }, {}), data: location };
    const [old, next] = [aKey('old', 1), aKey('next', 2)];
    const openWith = (...secretKeys: ReturnType<typeof aKey>[]) =>
      openApp({ ...config, secretKeys }, { log });
    try {
      const first = await testApp({ engine, config: { data: location, secretKeys: [old] } });
      await aLivelyWorld(first);
      await keepSnapshot(first.app, 'kept');
      const before = await digestOfData(first.app);
      await first[Symbol.asyncDispose]();

      const again = await openWith(next, old);
      await again.database.write((tx) => tx.deleteFrom('messages').execute());
      await restoreSnapshot(again, 'kept');
      const { retired } = await resealSecrets(again);
      assert.deepEqual(retired, ['old']);
      const resealed = await digestOfData(again);
      assert.notEqual(resealed, before);
      await assert.rejects(restoreSnapshot(again, 'kept'), {
        message:
          'The snapshot kept was sealed with the secret key "old", which was retired: keep it again.',
      });
      assert.equal(await digestOfData(again), resealed, 'nothing was changed');
      await keepSnapshot(again, 'kept');
      await again.close();

      const last = await openWith(next);
      await restoreSnapshot(last, 'kept');
      await last.database.write((tx) => tx.updateTable('snapshots').set({ schema: '0' }).execute());
      await assert.rejects(restoreSnapshot(last, 'kept'), /was kept by another version of Tieline/);
      await last.close();
    } finally {
      await drop();
    }
  });
}

if (ENGINES.includes('postgres')) {
  test('processes of one database share snapshots and restores', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { config } = app.app;
    const other = await openApp(config, { log, now: app.app.clock.wall });
    try {
      const account = await app.anAccount();
      await keepSnapshot(other, 'shared');
      const before = await digestOfData(app.app);
      await app.control('POST', '/clock', { advance: '40d' });
      await followClock(other);
      assert.equal(other.now(), START_OF_TIME + 40 * DAY);
      const made = await app.post('/v1/ConnectionPolicies', loginOf(account), {});
      assert.equal(made.status, 201);

      assert.equal((await app.control('POST', '/snapshots/shared/restore')).status, 204);
      await followClock(other);
      assert.equal(other.now(), START_OF_TIME);
      assert.equal(app.app.now(), START_OF_TIME);
      // The epoch of the clock alone has counted on.
      await app.app.database.write((tx) => tx.deleteFrom('settings').execute());
      assert.equal(await digestOfData(app.app), before);
    } finally {
      await other.close();
    }
  });

  test('a restore waits for the writes of another process, and none of them gets into it', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const other = await openApp(app.app.config, { log, now: app.app.clock.wall });
    try {
      const login = loginOf(await app.anAccount());
      await keepSnapshot(app.app, 'kept');
      const before = await digestOfData(app.app);
      const hasWritten = Promise.withResolvers<void>();
      const mayCommit = Promise.withResolvers<void>();
      const writing = other.database.write(async (tx) => {
        await tx.insertInto('settings').values({ name: 'of the other', value: 'x' }).execute();
        hasWritten.resolve();
        await mayCommit.promise;
      });
      await hasWritten.promise;
      const restores = Array.from({ length: 3 }, () => restoreSnapshot(app.app, 'kept'));
      const posts = Array.from({ length: 3 }, () => app.post('/v1/ConnectionPolicies', login, {}));
      mayCommit.resolve();
      await Promise.all([writing, ...restores]);
      assert.equal(await readSetting(app.app.database.db, 'of the other'), undefined);
      assert.deepEqual(
        (await Promise.all(posts)).map(({ status }) => status),
        [201, 201, 201],
      );
      await Promise.all([restoreSnapshot(app.app, 'kept'), restoreSnapshot(other, 'kept')]);
      assert.equal(await digestOfData(app.app), before);
    } finally {
      await other.close();
    }
  });
}
