import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { digestOf, sameDigest } from '../kit/seal.ts';
import { isOwnUser } from './own-user.ts';
import { Refusal } from './refusal.ts';

const SECRET_BYTES = 16;
const USER = 'tieline';

/** The guard of a proxy that stays open: only its own user may use it. */
export interface Entry {
  /** The part of the proxy's URL before the host, with the `@`. */
  readonly credentials: string;
  /** @throws Refusal 407 for another user's program that does not bring the credentials. */
  demand(request: IncomingMessage): Promise<void>;
  /** Whether a connection that sends no proxy request may come in. */
  admits(socket: Socket): Promise<boolean>;
}

/**
 * Admits programs that send the proxy's credentials (RFC 9110 §11.7.2). On Linux, programs of the
 * same user need none, because some programs, Java's among them, cannot send credentials to a
 * proxy.
 */
export function openEntry(): Entry {
  const credentials = `${USER}:${randomBytes(SECRET_BYTES).toString('hex')}`;
  const expected = digestOf(`Basic ${btoa(credentials)}`);
  return {
    credentials,
    async demand({ headers, socket }) {
      const given = headers['proxy-authorization'];
      if (given !== undefined && sameDigest(digestOf(given), expected)) return;
      if (await isOwnUser(socket)) return;
      throw new Refusal(
        407,
        'This proxy is for the user who started it: use the address with credentials that ' +
          '"tieline proxy" printed.',
      );
    },
    admits: isOwnUser,
  };
}
