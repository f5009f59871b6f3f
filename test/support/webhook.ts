import assert from 'node:assert/strict';
import { fetchDelivery, listAttempts } from '../../src/webhooks/delivery-store.ts';
import { enqueueWebhook, type NewWebhook } from '../../src/webhooks/enqueue-webhook.ts';
import type { Attempt, Delivery } from '../../src/webhooks/webhook.ts';
import { asSystem, type TestAccount, type TestApp } from './test-app.ts';

/** Enqueues a webhook of an account: by default a form, repeated by the long schedule. */
export function enqueue(
  app: TestApp,
  account: TestAccount,
  url: string,
  webhook: Partial<NewWebhook> = {},
): Promise<string> {
  const wanted = {
    account_sid: account.sid,
    root_sid: account.owner_account_sid,
    signing_account_sid: account.sid,
    kind: 'deauthorize',
    method: 'POST',
    body_kind: 'form',
    payload: { AccountSid: account.sid },
    retry: 'long',
    ...webhook,
    url,
  } as NewWebhook;
  return asSystem(app, (doing) => enqueueWebhook(doing, wanted));
}

/** A delivery as it is stored now. */
export async function deliveryOf({ app }: TestApp, sid: string): Promise<Delivery> {
  const delivery = await fetchDelivery(app.database.db, sid);
  if (!delivery) throw new Error(`there is no delivery ${sid}`);
  return delivery;
}

export function attemptsOf({ app }: TestApp, sid: string): Promise<Attempt[]> {
  return listAttempts(app.database.db, [sid]);
}

/** Moves the clock to the delivery's next attempt, and checks that nothing is sent before. */
export async function awaitNext(app: TestApp, sid: string): Promise<number> {
  const { date_next } = await deliveryOf(app, sid);
  assert.ok(date_next !== null);
  const wait = date_next - app.app.now();
  if (wait > 0) {
    app.advance(wait - 1);
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    app.advance(1);
  }
  return wait;
}
