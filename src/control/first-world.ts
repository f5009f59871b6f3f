import { countAccounts, fetchAccount } from '../accounts/account-store.ts';
import { createAccount } from '../accounts/create-account.ts';
import { openPrimaryToken } from '../accounts/open-primary-token.ts';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { OPERATOR, SYSTEM } from '../audit/audit-event.ts';
import { ConfigError } from '../config.ts';
import { findConnectApp, updateConnectApp } from '../connect-apps/connect-app-store.ts';
import { createConnectApp } from '../connect-apps/create-connect-app.ts';
import { lockClock, writeClock } from '../db/clock-store.ts';
import type { Db, Tx } from '../db/database.ts';
import { readSetting, writeSetting } from '../db/settings-store.ts';
import { emptyDatabase } from '../db/tables/all-tables.ts';
import type { ClockSetting } from '../kit/clock.ts';
import { PERMISSIONS } from '../kit/permission.ts';
import { sidSource } from '../kit/sid.ts';
import { createPerson } from '../people/create-person.ts';
import { hashRandomPassword } from '../people/sign-in/password.ts';
import { beginningOf, createFirstLog } from './first-log.ts';
import { CUSTOMER_EMAIL, DEVELOPER_EMAIL, worldNames } from './world-names.ts';

const SETTING = 'development_world';
/** The setting for the hash of the world's password. A reset must not wait for hashing. */
const PASSWORD_SETTING = 'development_password_hash';

/** The SIDs of a development world. */
export interface FirstWorld {
  readonly developer_account_sid: string;
  readonly customer_account_sid: string;
  readonly connect_app_sid: string;
}

/** The facts about an account of the world that the start prints and the demo uses. */
export interface WorldAccount {
  readonly sid: string;
  readonly auth_token: string;
}

/**
 * Makes the world of an empty development database: a developer, a customer with a log of a month,
 * and the demo app. All of it depends on the secret key, so that a data folder has the same SIDs
 * and tokens after every reset.
 */
async function createFirstWorld(doing: Act, origin: string): Promise<FirstWorld> {
  const { config, keyRing } = doing.app;
  const derived = (purpose: string) => keyRing.derive(purpose, 16).toString('hex');
  const names = worldNames(keyRing);
  const then: Act = { ...doing, now: beginningOf(doing.now) };
  const developer = await createAccount(then, {
    sid: config.developer?.accountSid ?? `AC${derived('developer account')}`,
    auth_token: config.developer?.authToken ?? derived('developer token'),
    friendly_name: 'Developer',
    type: 'Full',
    owner: null,
  });
  const customer = await createAccount(then, {
    sid: names.customer_account_sid,
    auth_token: derived('customer token'),
    friendly_name: 'Customer',
    type: 'Full',
    owner: null,
  });
  await createFirstLog(doing, customer);
  const demo = await createConnectApp(doing, developer, {
    sid: names.connect_app_sid,
    friendly_name: 'Tieline Demo',
    company_name: 'Tieline',
    description: 'A small example of a Connect app, to click through the whole loop with.',
    ...demoUrls(origin),
    permissions: PERMISSIONS,
  });
  const world: FirstWorld = {
    developer_account_sid: developer.sid,
    customer_account_sid: customer.sid,
    connect_app_sid: demo.sid,
  };
  await writeSetting(doing.tx, SETTING, JSON.stringify(world));
  return world;
}

/** Makes two people, one for each account, with the password that every start prints. */
async function createPeople(doing: Act, world: FirstWorld, password_hash: string): Promise<void> {
  const { keyRing } = doing.app;
  const people = [
    { email: DEVELOPER_EMAIL, name: 'Developer', account_sid: world.developer_account_sid },
    { email: CUSTOMER_EMAIL, name: 'Customer', account_sid: world.customer_account_sid },
  ];
  for (const person of people) {
    const sid = `PE${keyRing.derive(person.email, 16).toString('hex')}`;
    await createPerson(doing, { ...person, sid, password_hash });
  }
  await writeSetting(doing.tx, PASSWORD_SETTING, password_hash);
}

/** The password of the world's people. It depends on the secret key, like the whole world. */
export function worldPassword({ keyRing }: App): string {
  return worldNames(keyRing).password;
}

/** Empties the database, puts the clock back to real time, and makes the world again. */
export async function resetWorld(app: App, origin: string): Promise<void> {
  const { clock, randomBytes } = app;
  const { wall } = clock;
  const byTheWall: App = { ...app, now: wall, newSid: sidSource(wall, randomBytes) };
  const setting = await act(byTheWall, OPERATOR, async (doing) => {
    const { tx } = doing;
    const password_hash = await readSetting(tx, PASSWORD_SETTING);
    const before = await lockClock(tx);
    await emptyDatabase(tx);
    const after = putBack(before);
    await writeClock(tx, after);
    const world = await createFirstWorld(doing, origin);
    if (password_hash !== undefined) await createPeople(doing, world, password_hash);
    return after;
  });
  clock.follow(setting);
}

/**
 * The new setting of the clock. If it was moved, the setting tells all processes that it goes back.
 */
function putBack({ epoch, ahead_ms }: ClockSetting): ClockSetting {
  return { epoch: ahead_ms > 0 ? epoch + 1 : epoch, ahead_ms: 0 };
}

function demoUrls(origin: string) {
  return {
    homepage_url: `${origin}/demo`,
    terms_of_service_url: `${origin}/demo/terms`,
    authorize_redirect_url: `${origin}/demo/authorize`,
    deauthorize_callback_url: `${origin}/demo/deauthorize`,
  };
}

/**
 * Opens the world of a development database, or makes it if the database is empty. The demo app
 * gets the server's present address.
 *
 * Another act makes its people, because their password is hashed while the rest is made. If a start
 * ends in between, the next start makes the people.
 * @param hashing the promise of `hashWorldPassword`; null when the people exist already
 * @returns null when the database holds accounts that did not come from a first start
 */
export async function openFirstWorld(
  app: App,
  origin: string,
  hashing?: Promise<string> | null,
): Promise<FirstWorld | null> {
  const world = await act(app, SYSTEM, async (doing) => {
    const { tx } = doing;
    const found = (await readFirstWorld(tx)) ?? (await waitForOthers(doing, readFirstWorld));
    if (found) await followAddress(doing, found, origin);
    else if ((await countAccounts(tx)) === 0) return createFirstWorld(doing, origin);
    return found;
  });
  if (!world) return null;
  const password_hash = await (hashing === undefined ? hashFirstPassword(app) : hashing);
  if (password_hash !== null) {
    await act(app, SYSTEM, async (doing) => {
      const isThere = (tx: Tx) => readSetting(tx, PASSWORD_SETTING);
      const found = (await isThere(doing.tx)) ?? (await waitForOthers(doing, isThere));
      if (found === undefined) await createPeople(doing, world, password_hash);
    });
  }
  return world;
}

/** Waits for another process that makes the same, and reads again. */
async function waitForOthers<T>({ app, tx }: Act, read: (tx: Tx) => Promise<T>): Promise<T> {
  if (app.database.engine === 'postgres') await lockClock(tx);
  return read(tx);
}

/** The hash for people who must still be made; null when they exist already. */
async function hashFirstPassword(app: App): Promise<string | null> {
  return (await lacksFirstPeople(app)) ? hashWorldPassword(app) : null;
}

/** Whether the people of the world must still be made, as in an empty database. */
export async function lacksFirstPeople({ database: { db } }: App): Promise<boolean> {
  if ((await readSetting(db, PASSWORD_SETTING)) !== undefined) return false;
  return (await readFirstWorld(db)) !== null || (await countAccounts(db)) === 0;
}

/** Hashes the password of the world's people, on another core. */
export function hashWorldPassword(app: App): Promise<string> {
  return hashRandomPassword(app, worldPassword(app));
}

async function followAddress({ tx, now, record }: Act, world: FirstWorld, origin: string) {
  const demo = await findConnectApp(tx, world.connect_app_sid);
  const urls = demoUrls(origin);
  if (!demo?.homepage_url?.endsWith('/demo') || demo.homepage_url === urls.homepage_url) return;
  const { account_sid, sid } = demo;
  await updateConnectApp(tx, account_sid, sid, { ...urls, date_updated: now });
  record({ action: 'connect_app.updated', account_sid, target_sid: sid, detail: urls });
}

export async function readFirstWorld(db: Db): Promise<FirstWorld | null> {
  const value = await readSetting(db, SETTING);
  return value === undefined ? null : (JSON.parse(value) as FirstWorld);
}

/** @throws ConfigError in production when the database began as a development world. */
export async function refuseFirstWorld(app: App): Promise<void> {
  if (await readFirstWorld(app.database.db)) {
    throw new ConfigError(
      'This database began in development mode and holds its example accounts: ' +
        'production needs a database of its own (--data).',
    );
  }
}

/** An account of the world with its primary token; null when it does not exist. */
export async function revealAccount(app: App, sid: string): Promise<WorldAccount | null> {
  const { db } = app.database;
  if (!(await fetchAccount(db, sid))) return null;
  return { sid, auth_token: await openPrimaryToken(app, db, sid) };
}
