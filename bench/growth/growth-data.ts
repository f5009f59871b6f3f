import { randomBytes } from 'node:crypto';
import { type DataLocation, SECRET_KEY_BYTES } from '../../src/config.ts';
import type { Engine } from '../../src/db/database.ts';
import { signedIn } from '../../test/support/browser.ts';
import { aConsoleWorld, type ConsoleWorld } from '../../test/support/console-world.ts';
import { type TestApp, testApp } from '../../test/support/test-app.ts';
import { freshDatabase } from '../../test/support/test-database.ts';
import { whole } from '../report.ts';
import { fillAccount, type Size } from './growth-fill.ts';

/** The name of the secret key. */
export const KEY_ID = 'k';

/** Data with a number of rows in the growing tables. */
export interface Data {
  readonly engine: Engine;
  readonly size: Size;
  readonly location: DataLocation;
  readonly world: ConsoleWorld;
  /** The key that its secrets are sealed with. */
  readonly secret_key: string;
  readonly drop: () => Promise<void>;
}

export function openData({ engine, location, secret_key }: Omit<Data, 'world'>): Promise<TestApp> {
  const secretKeys = [{ id: KEY_ID, bytes: Buffer.from(secret_key, 'base64') }];
  return testApp({ engine, config: { logLevel: 'warn', data: location, secretKeys } });
}

/** Makes a fresh database with one thing of every kind, and many rows in the growing tables. */
export async function makeData(engine: Engine, size: Size): Promise<Data> {
  const started = performance.now();
  const { location, drop } = await freshDatabase(engine);
  const secret_key = randomBytes(SECRET_KEY_BYTES).toString('base64');
  const made = { engine, size, location, secret_key, drop };
  let world: ConsoleWorld;
  {
    await using app = await openData(made);
    world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    await browser.get(`/console/${world.account.sid}`);
    await aSecurityEvent(app, world.account.sid);
  }
  await fillAccount(location, world, size);
  const s = Math.round((performance.now() - started) / 1_000);
  console.log(`${engine}: ${whole(size.rows)} rows were made in ${s} s`);
  return { ...made, world };
}

/** An event for the pages of security. */
async function aSecurityEvent({ app }: TestApp, account_sid: string): Promise<void> {
  const row = { sid: app.newSid('SE'), date_created: app.now(), account_sid };
  const event = { ...row, kind: 'sign_in', person_sid: null, address: '192.0.2.1', detail: '{}' };
  await app.database.write((tx) => tx.insertInto('security_events').values(event).execute());
}
