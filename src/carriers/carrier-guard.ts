import type { App } from '../app.ts';
import { ApiError } from '../kit/api-error.ts';
import { digestOf, sameDigest } from '../kit/seal.ts';
import { CARRIER_KINDS } from './carrier-kinds.ts';
import { lineUpOf } from './line-up.ts';

/**
 * Admits a carrier by its own token. An unknown name and a wrong token have the same answer.
 * @throws ApiError 401
 */
export function demandCarrierToken(app: App, name: string, given: string | null): void {
  const carrier = lineUpOf(app).plan.carriers.get(name);
  const token = carrier && CARRIER_KINDS[carrier.kind]?.events_token?.(carrier.settings);
  if (given !== null && token && sameDigest(digestOf(given), digestOf(token))) return;
  const message = 'Send "Authorization: Bearer" with the events_token of the carrier.';
  throw new ApiError(401, 20003, message, {
    headers: { 'WWW-Authenticate': 'Bearer realm="Tieline carriers"' },
  });
}
