import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { digestOf, sameDigest } from '../kit/seal.ts';
import { isOwnUser } from './own-user.ts';
import { Refusal } from './refusal.ts';

const SECRET_BYTES = 16;
const USER = 'tieline';

/** Who may use a proxy that stays open: its own user. */
export interface Entry {
  /** What stands before the host in the proxy's URL, up to the `@`. */
  readonly credentials: string;
  /** @throws Refusal 407 for another user's program that does not bring the credentials. */
  demand(request: IncomingMessage): Promise<void>;
  /** Whether a connection that names no proxy may come in. */
  admits(socket: Socket): Promise<boolean>;
}

/**
 * Lets programs in that bring the proxy's credentials (RFC 9110, section 11.7.2), and on Linux those
 * of the same user without: some cannot be given credentials for a proxy, Java's among them.
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
