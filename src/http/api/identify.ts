import type { FastifyRequest } from 'fastify';
import {
  authenticate,
  type Claim,
  type Credentials,
  readCredentials,
} from '../../access/authenticate.ts';
import type { Caller } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { concernOf } from '../../audit/concern.ts';
import { noteRepeated } from '../../audit/repeated-events.ts';
import { ApiError } from '../../kit/api-error.ts';
import type { Endpoint } from '../endpoint.ts';
import type { RateLimits } from '../guards/rate-limits.ts';
import { pathOf } from '../route-table.ts';
import type { Ahead, ReadsAhead } from './read-ahead.ts';

/** The parts of the server that identify a sender. */
interface Parts {
  readonly app: App;
  readonly limits: RateLimits;
  readonly reads: ReadsAhead | null;
}

const NOTHING_AHEAD: Ahead = {};

/** The sender of a request, what the request claims, and the rows that were read for it. */
interface Identified {
  readonly claim: Claim;
  readonly caller: Caller;
  readonly ahead: Ahead;
}

/**
 * Identifies the sender of a request. Refused credentials are recorded in the audit log.
 * @throws ApiError 401 for wrong credentials, 429 for a peer that sends too many of them.
 */
export async function identify(
  { app, limits, reads }: Parts,
  endpoint: Endpoint,
  request: FastifyRequest,
): Promise<Identified> {
  const { headers, ip } = request;
  try {
    // Refusing a request without credentials is as cheap as counting it, so no limit applies.
    const credentials = readCredentials(headers.authorization);
    const claim = claimOf(endpoint, request, credentials);
    const { db } = app.database;
    let ahead = NOTHING_AHEAD;
    const askAhead = async (from: ReadsAhead) => {
      ahead = await from.read(endpoint, request, claim);
      return authenticate(db, credentials, ahead.proofs);
    };
    const ask = () => (reads ? askAhead(reads) : authenticate(db, credentials));
    const caller = await limits.authenticated(ip, credentials, ask);
    reads?.note(claim, caller);
    return { claim, caller, ahead };
  } catch (error) {
    const isRefused = error instanceof ApiError && error.status === 401;
    // Some clients send no credentials until a 401 asks for them. That is no guess, so no event.
    if (isRefused && headers.authorization !== undefined) {
      noteRepeated(app, { kind: 'credentials.refused', address: ip, ...concernOf(error) });
    }
    throw error;
  }
}

function claimOf(
  { operation, method, pretends }: Endpoint,
  request: FastifyRequest,
  credentials: Credentials,
): Claim {
  return {
    credentials,
    operation,
    account_sid: pathOf(request)['AccountSid'] ?? null,
    changes: method !== 'GET',
    pretends: pretends !== undefined,
  };
}
