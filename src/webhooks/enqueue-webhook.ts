import type { Act } from '../audit/act.ts';
import { insertDelivery } from './delivery-store.ts';
import type { RetryPolicy, WebhookKind } from './webhook.ts';
import { countEnqueued } from './webhook-metrics.ts';
import { nudgeWorker } from './webhook-nudge.ts';

/** A webhook to send. */
export type NewWebhook = Common & (FormWebhook | JsonWebhook);

interface Common {
  /** The account that the webhook is about. */
  readonly account_sid: string;
  readonly root_sid: string;
  /** The account whose primary token at sending time signs the webhook. */
  readonly signing_account_sid: string;
  /** The receiving app. Its owner sees the delivery. */
  readonly connect_app_sid?: string | null;
  readonly kind: WebhookKind;
  /** http or https, with user name, password and the overrides of its fragment, if any. */
  readonly url: string;
  readonly retry: RetryPolicy;
  /** The grant whose end cancels the webhook; the default is the actor's grant. */
  readonly created_by_grant?: string | null;
}

interface FormWebhook {
  readonly method: 'GET' | 'POST';
  readonly body_kind: 'form';
  /** Each name appears once, because signature validators differ about repeated names. */
  readonly payload: Readonly<Record<string, string>>;
}

interface JsonWebhook {
  readonly method: 'POST';
  readonly body_kind: 'json';
  readonly payload: unknown;
}

const IDEMPOTENCY_TOKEN_BYTES = 16;

/**
 * Puts a webhook into the outbox, in the transaction of the change that caused it. The webhook is
 * sent only if the change commits, with the content of that moment.
 * @returns the SID of the delivery.
 */
export async function enqueueWebhook(act: Act, webhook: NewWebhook): Promise<string> {
  const { app, tx, now, actor } = act;
  const sid = app.newSid('DL');
  await insertDelivery(tx, {
    sid,
    account_sid: webhook.account_sid,
    root_sid: webhook.root_sid,
    signing_account_sid: webhook.signing_account_sid,
    connect_app_sid: webhook.connect_app_sid ?? null,
    kind: webhook.kind,
    url: webhook.url,
    host: URL.parse(webhook.url)?.host ?? '',
    method: webhook.method,
    body_kind: webhook.body_kind,
    payload: JSON.stringify(webhook.payload),
    retry: webhook.retry,
    state: 'pending',
    reason: null,
    attempts: 0,
    tries: 0,
    date_next: now,
    lease: null,
    idempotency_token: app.randomBytes(IDEMPOTENCY_TOKEN_BYTES).toString('hex'),
    created_by_grant:
      webhook.created_by_grant === undefined ? actor.grant_sid : webhook.created_by_grant,
    date_created: now,
    date_updated: now,
  });
  countEnqueued(act, webhook.kind);
  nudgeWorker(app);
  return sid;
}
