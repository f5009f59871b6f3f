import type { Act } from '../audit/act.ts';
import { insertAttempt, insertDelivery } from '../webhooks/delivery-store.ts';
import { countEnded } from '../webhooks/webhook-metrics.ts';
import type { FailedRequest } from './failed-request.ts';

/**
 * Records failed requests for TwiML as deliveries that have ended. They appear beside the webhooks,
 * with every attempt.
 */
export async function recordFailures(act: Act, failures: readonly FailedRequest[]): Promise<void> {
  const { tx, now } = act;
  for (const failure of failures) {
    const { sid, account_sid, root_sid, error, asked, url } = failure;
    await insertDelivery(tx, {
      sid,
      account_sid,
      root_sid,
      signing_account_sid: failure.signing_account_sid,
      connect_app_sid: failure.connect_app_sid,
      kind: failure.kind,
      url,
      host: URL.parse(url)?.host ?? '',
      method: failure.method,
      body_kind: 'form',
      payload: JSON.stringify(failure.parameters),
      retry: 'callback',
      state: 'dead',
      reason: `${error.message} (error ${error.code}) ${failure.followed}`,
      attempts: asked.length,
      tries: asked.length,
      date_next: null,
      lease: null,
      idempotency_token: failure.idempotency_token,
      created_by_grant: failure.url_by_grant,
      date_created: now,
      date_updated: now,
    });
    for (const [index, attempt] of asked.entries()) {
      await insertAttempt(tx, {
        ...attempt,
        delivery_sid: sid,
        root_sid,
        number: index + 1,
      });
    }
  }
  countEnded(
    act,
    failures.map(({ kind }) => kind),
    'dead',
  );
}
