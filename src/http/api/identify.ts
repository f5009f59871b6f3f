import type { FastifyRequest } from 'fastify';
import { authenticate, type Credentials, readCredentials } from '../../access/authenticate.ts';
import type { Caller } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { concernOf } from '../../audit/concern.ts';
import { noteRepeated } from '../../audit/repeated-events.ts';
import { ApiError } from '../../kit/api-error.ts';
import type { RateLimits } from '../guards/rate-limits.ts';

/** The sender of a request, and the credentials that prove it. */
interface Identified {
  readonly credentials: Credentials;
  readonly caller: Caller;
}

/**
 * Finds out who is calling, and notes credentials that are refused.
 * @throws ApiError 401 for credentials that open nothing, 429 for a peer that sends too many such.
 */
export async function identify(
  app: App,
  limits: RateLimits,
  { headers, ip }: FastifyRequest,
): Promise<Identified> {
  try {
    // Refusing a request without credentials is as cheap as counting it, so no limit applies.
    const credentials = readCredentials(headers.authorization);
    const ask = () => authenticate(app.database.db, credentials);
    return { credentials, caller: await limits.authenticated(ip, credentials, ask) };
  } catch (error) {
    const isRefused = error instanceof ApiError && error.status === 401;
    // Clients that send nothing at first, and credentials when they are asked, guess at none.
    if (isRefused && headers.authorization !== undefined) {
      noteRepeated(app, { kind: 'credentials.refused', address: ip, ...concernOf(error) });
    }
    throw error;
  }
}
