import type { FastifyRequest } from 'fastify';
import { authenticate, type Credentials, readCredentials } from '../../access/authenticate.ts';
import type { Caller } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { concernOf } from '../../audit/concern.ts';
import { noteRepeated } from '../../audit/repeated-events.ts';
import { ApiError } from '../../kit/api-error.ts';
import type { RateLimits } from '../guards/rate-limits.ts';

/** The sender of a request, and the credentials that prove the sender's identity. */
interface Identified {
  readonly credentials: Credentials;
  readonly caller: Caller;
}

/**
 * Identifies the sender of a request. Refused credentials are recorded in the audit log.
 * @throws ApiError 401 for wrong credentials, 429 for a peer that sends too many of them.
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
    // Some clients send no credentials until a 401 asks for them. That is no guess, so no event.
    if (isRefused && headers.authorization !== undefined) {
      noteRepeated(app, { kind: 'credentials.refused', address: ip, ...concernOf(error) });
    }
    throw error;
  }
}
