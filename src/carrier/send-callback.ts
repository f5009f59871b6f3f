import type { Act } from '../audit/act.ts';
import type { Db } from '../db/database.ts';
import { enqueueWebhook } from '../webhooks/enqueue-webhook.ts';
import type { WebhookKind } from '../webhooks/webhook.ts';
import { fetchSigner, type Signer } from './signer-store.ts';

/** A callback about a message, a call or a recording. */
export interface Callback {
  readonly account_sid: string;
  readonly root_sid: string;
  readonly kind: WebhookKind;
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly parameters: Readonly<Record<string, string>>;
  /** The grant of the app that set the URL; null: the account itself set it. */
  readonly url_by_grant: string | null;
}

/**
 * Finds whose token signs a request to a URL: docs/contract/webhooks.md, "Signing token".
 */
export async function signerOf(
  db: Db,
  account_sid: string,
  url_by_grant: string | null,
): Promise<Signer> {
  const found = url_by_grant === null ? undefined : await fetchSigner(db, url_by_grant);
  return found ?? { connect_app_sid: null, signing_account_sid: account_sid };
}

/**
 * Puts a callback into the outbox. It is retried as Twilio retries its callbacks. It is cancelled
 * when the grant of the app that set the URL ends.
 * @returns the SID of the delivery.
 */
export async function sendCallback(act: Act, callback: Callback): Promise<string> {
  const { account_sid, root_sid, kind, url, method, parameters, url_by_grant } = callback;
  return enqueueWebhook(act, {
    account_sid,
    root_sid,
    ...(await signerOf(act.tx, account_sid, url_by_grant)),
    kind,
    url,
    method,
    body_kind: 'form',
    payload: parameters,
    retry: 'callback',
    created_by_grant: url_by_grant,
  });
}
