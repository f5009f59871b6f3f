import assert from 'node:assert/strict';
import { aTenant } from '../support/tenant.ts';
import { loginOf, type TestApp } from '../support/test-app.ts';
import { assertRefused, sdk } from './sdk-world.ts';

/** The members that all lists of the SDK have. */
interface List {
  list(options: { limit: number }): Promise<readonly unknown[]>;
}

/** Objects with a plural name that can only create things, and are no lists. */
const MADE_ONLY = new Set(['newKeys', 'newSigningKeys', 'tokens', 'validationRequests']);

/** The lists below an object of the SDK, by name. A folder of lists counts with its lists. */
function* listsBelow(above: object, name: string): Generator<[name: string, list: List]> {
  for (let at = above; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (!property.get || key.startsWith('_')) continue;
      const below = Reflect.get(at, key, above) as object & Partial<List>;
      if (typeof below.list === 'function') yield [`${name}.${key}`, below as List];
      else if (typeof below === 'object') yield* listsBelow(below, `${name}.${key}`);
    }
  }
}

/** Checks that every list of the SDK below an account and the account's things answers. */
export async function readsEveryList(app: TestApp, origin: string): Promise<void> {
  const tenant = await aTenant(app);
  const client = sdk(origin, loginOf(tenant.account));
  const account = client.api.v2010.accounts(tenant.account.sid);
  const above: Record<string, object> = {
    account,
    call: account.calls(tenant.live_call_sid),
    message: account.messages(tenant.message_sid),
    number: account.incomingPhoneNumbers(tenant.number_sid),
    recording: account.recordings(tenant.recording_sid),
  };
  const read: string[] = [];
  for (const [name, context] of Object.entries(above)) {
    for (const [path, list] of listsBelow(context, name)) {
      const found = await list.list({ limit: 1 });
      assert.ok(Array.isArray(found), path);
      read.push(path);
    }
  }
  for (const name of ['account.sip.domains', 'account.shortCodes', 'call.events']) {
    assert.ok(read.includes(name), name);
  }
  assert.ok(!read.some((path) => MADE_ONLY.has(path.replace('account.', ''))));
  await assertNothingElse(account);
}

/** Checks that things in the always empty lists do not exist and cannot be made. */
async function assertNothingElse(account: ReturnType<typeof anAccountOfTheSdk>): Promise<void> {
  const nowhere = (prefix: string) => prefix + 'f'.repeat(32);
  await assertRefused(account.conferences(nowhere('CF')).participants.list(), 404, 20404);
  await assertRefused(account.addresses(nowhere('AD')).fetch(), 404, 20404);
  await assertRefused(account.queues.create({ friendlyName: 'Waiting' }), 404, 20404);
  await assertRefused(account.applications(nowhere('AP')).remove(), 404, 20404);
  await assertRefused(account.tokens.create(), 404, 20404);
}

const anAccountOfTheSdk = (client: ReturnType<typeof sdk>) => client.api.v2010.accounts('');
