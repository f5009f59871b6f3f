import { openPrimaryToken } from '../accounts/open-primary-token.ts';
import type { App } from '../app.ts';
import type { EpochMs } from '../kit/utc.ts';
import { guardedFetch, type Outcome } from './guarded-fetch.ts';
import { type Signature, signForm, signJson } from './signature.ts';
import type { Delivery } from './webhook.ts';
import { readWebhookUrl } from './webhook-url.ts';

/** One attempt: what was requested, the text that was signed, and what came of it. */
export interface Sent {
  readonly date_created: EpochMs;
  /** Without user name and password. */
  readonly url: string;
  /** Null when it came to no request. */
  readonly signed: string | null;
  readonly outcome: Outcome;
  readonly duration_ms: number;
}

/** The product that receivers tell these requests by; some let in nothing else. */
const USER_AGENT = 'TwilioProxy/1.1 (Tieline)';
const FORM = 'application/x-www-form-urlencoded; charset=UTF-8';

/**
 * Makes one request for a delivery, signed with the token that its account has at this moment
 * (reliability T25). It waits for the network, so it belongs into no transaction, and it never
 * throws.
 */
export async function sendWebhook(app: App, delivery: Delivery): Promise<Sent> {
  const date_created = app.now();
  const started = performance.now();
  const { url, credentials, overrides } = readWebhookUrl(delivery.url);
  let request: SignedRequest | null = null;
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

interface SignedRequest extends Signature {
  readonly url: string;
  readonly type: string | null;
  readonly body: string | null;
}

function requestOf(delivery: Delivery, url: string, token: string): SignedRequest {
  const { body_kind, method, payload } = delivery;
  if (body_kind === 'json') {
    return { ...signJson(token, url, payload), type: 'application/json', body: payload };
  }
  const parameters = Object.entries(JSON.parse(payload) as Record<string, string>);
  const form = new URLSearchParams(parameters).toString();
  if (method === 'POST') {
    return { url, ...signForm(token, url, parameters), type: FORM, body: form };
  }
  const whole = withQuery(url, form);
  return { url: whole, ...signForm(token, whole, []), type: null, body: null };
}

/** A URL without a fragment, with more parameters behind those that it has. */
function withQuery(url: string, form: string): string {
  if (form === '') return url;
  if (!url.includes('?')) return `${url}?${form}`;
  return /[?&]$/.test(url) ? url + form : `${url}&${form}`;
}
