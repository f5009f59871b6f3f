import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { setLogo } from '../../src/connect-apps/change-logo.ts';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { fetchLogoDigests, findLogo } from '../../src/connect-apps/logo-store.ts';
import { deleteConnectApp } from '../../src/lifecycle/delete-connect-app.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** The picture made of an upload. The store does not look into it. */
const FIRST = Buffer.from('a PNG of an app');
const SECOND = Buffer.from([0, 255, 10, 13, 0]);
const digestOf = (png: Buffer) => createHash('sha256').update(png).digest('hex');

const give = (app: TestApp, to: ConnectApp, png: Buffer) =>
  act(app.app, OPERATOR, (doing) => setLogo(doing, to, png));

onEveryEngine('the logo of an app', (engine) => {
  test('is shown until another replaces it', async () => {
    await using app = await testApp({ engine });
    const { db } = app.app.database;
    const owner = await app.anAccount();
    const connectApp = await app.aConnectApp(owner);
    const plain = await app.aConnectApp(owner);
    assert.equal((await fetchLogoDigests(db, [connectApp.sid])).size, 0);

    assert.equal(await give(app, connectApp, FIRST), digestOf(FIRST));
    assert.deepEqual(await findLogo(db, digestOf(FIRST)), FIRST);
    await give(app, connectApp, SECOND);
    assert.deepEqual(await findLogo(db, digestOf(SECOND)), SECOND);
    assert.equal(await findLogo(db, digestOf(FIRST)), undefined);
    const digests = await fetchLogoDigests(db, [connectApp.sid, plain.sid]);
    assert.deepEqual([...digests], [[connectApp.sid, digestOf(SECOND)]]);
    assert.equal((await fetchLogoDigests(db, [])).size, 0);
  });

  test('has an entry in the audit log for each change, and only for changes', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const connectApp = await app.aConnectApp(owner);
    await give(app, connectApp, FIRST);
    await give(app, connectApp, FIRST);
    await give(app, connectApp, SECOND);
    const events = await listAuditEvents(app.app.database.db, owner.sid, 100);
    const changes = events.filter(({ action }) => action === 'connect_app.logo_changed');
    assert.deepEqual(
      new Set(changes.map(({ target_sid, detail }) => `${target_sid} ${detail}`)),
      new Set(
        [FIRST, SECOND].map(
          (png) => `${connectApp.sid} ${JSON.stringify({ sha256: digestOf(png) })}`,
        ),
      ),
    );
    assert.equal(changes.length, 2);
  });

  test('is no longer shown after the app is deleted', async () => {
    await using app = await testApp({ engine });
    const connectApp = await app.aConnectApp(await app.anAccount());
    await give(app, connectApp, FIRST);
    await act(app.app, OPERATOR, (doing) => deleteConnectApp(doing, connectApp));
    const { db } = app.app.database;
    assert.equal(await findLogo(db, digestOf(FIRST)), undefined);
    assert.equal((await fetchLogoDigests(db, [connectApp.sid])).size, 0);
  });
});
