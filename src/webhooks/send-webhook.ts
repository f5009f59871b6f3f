import { openPrimaryToken } from '../accounts/open-primary-token.ts';
import type { App } from '../app.ts';
import type { EpochMs } from '../kit/utc.ts';
import { guardedFetch, type Outcome } from './guarded-fetch.ts';
import { signJson } from './signature.ts';
import { type SignedForm, signedForm, USER_AGENT } from './signed-form.ts';
import type { Delivery } from './webhook.ts';
import { readWebhookUrl } from './webhook-url.ts';

/** One attempt: the requested URL, the signed text and the outcome. */
export interface Sent {
  readonly date_created: EpochMs;
  /** The URL without user name and password. */
  readonly url: string;
  /** The signed text; null: no request was made. */
  readonly signed: string | null;
  readonly outcome: Outcome;
  readonly duration_ms: number;
}

/**
 * Makes one request for a delivery. The account's current token signs it, so a replaced token is
 * never used. It waits for the network, so it must not run in a transaction. It never throws.
 */
export async function sendWebhook(app: App, delivery: Delivery): Promise<Sent> {
  const date_created = app.now();
  const started = performance.now();
  const { url, credentials, overrides } = readWebhookUrl(delivery.url);
  let request: SignedForm | null = null;
  let outcome: Outcome;
  try {
    request = requestOf(
      delivery,
      url,
      await openPrimaryToken(app, app.database.db, delivery.signing_account_sid),
    );
    outcome = await guardedFetch(app, {
      url: request.url,
      method: delivery.method,
      headers: {
        'User-Agent': USER_AGENT,
        Accept: '*/*',
        'I-Twilio-Idempotency-Token': delivery.idempotency_token,
        'X-Twilio-Signature': request.signature,
        ...(request.type !== null && { 'Content-Type': request.type }),
      },
      ...(request.body !== null && { body: request.body }),
      credentials,
      connect_ms: overrides.connect_ms,
      read_ms: overrides.read_ms,
      total_ms: overrides.total_ms,
    });
  } catch (err) {
    app.log.error({ err, delivery: delivery.sid }, 'a webhook could not be made');
    const error = 'The server could not make this request; its log says why.';
    outcome = { kind: 'failure', phase: 'refused', error };
  }
  return {
    date_created,
    url: request?.url ?? url,
    signed:
      outcome.kind === 'failure' && outcome.phase === 'refused' ? null : (request?.signed ?? null),
    outcome,
    duration_ms: Math.round(performance.now() - started),
  };
}

function requestOf(delivery: Delivery, url: string, token: string): SignedForm {
  const { body_kind, method, payload } = delivery;
  if (body_kind === 'json') {
    return { ...signJson(token, url, payload), type: 'application/json', body: payload };
  }
  return signedForm(token, method, url, JSON.parse(payload) as Record<string, string>);
}
