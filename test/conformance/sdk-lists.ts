import assert from 'node:assert/strict';
import { aTenant } from '../support/tenant.ts';
import { loginOf, type TestApp } from '../support/test-app.ts';
import { assertRefused, sdk } from './sdk-world.ts';

/** A list of the SDK, as far as all of them are alike. */
interface List {
  list(options: { limit: number }): Promise<readonly unknown[]>;
}

/** What is only named in plural, and can be made alone. */
const MADE_ONLY = new Set(['newKeys', 'newSigningKeys', 'tokens', 'validationRequests']);

/** What an object of the SDK has below it, by name: lists, and folders of lists. */
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

/** Every list that the SDK has of an account, and of what the account has, answers. */
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

/** What is below the lists that are always empty is not there, and cannot be made. */
async function assertNothingElse(account: ReturnType<typeof anAccountOfTheSdk>): Promise<void> {
  const nowhere = (prefix: string) => prefix + 'f'.repeat(32);
  await assertRefused(account.conferences(nowhere('CF')).participants.list(), 404, 20404);
  await assertRefused(account.addresses(nowhere('AD')).fetch(), 404, 20404);
  await assertRefused(account.queues.create({ friendlyName: 'Waiting' }), 404, 20404);
  await assertRefused(account.applications(nowhere('AP')).remove(), 404, 20404);
  await assertRefused(account.tokens.create(), 404, 20404);
}

const anAccountOfTheSdk = (client: ReturnType<typeof sdk>) => client.api.v2010.accounts('');
