import type { App } from '../app.ts';
import { ApiError, NotFound } from '../kit/api-error.ts';
import { digestOf, sameDigest } from '../kit/seal.ts';
import { CARRIER_KINDS } from './carrier-kinds.ts';
import { lineUpOf } from './line-up.ts';
import type { CarrierAnswer, CarrierRequest } from './message-carrier.ts';

/**
 * Answers a request of a carrier's far side, which the carrier itself checks.
 * @throws ApiError 401, 404
 */
export async function hearCarrier(
  app: App,
  name: string,
  request: CarrierRequest,
): Promise<CarrierAnswer> {
  const wire = lineUpOf(app).wires.get(name);
  if (!wire?.hear) throw new NotFound();
  return wire.hear(request);
}

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
