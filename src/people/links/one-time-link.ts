import type { Selectable } from 'kysely';
import type { Tables } from '../../db/tables/tables.ts';
import { ApiError } from '../../kit/api-error.ts';
import { digestOf } from '../../kit/seal.ts';

/** An invitation, or a link to set a new password. Anybody who has the link can use it, once. */
export type OneTimeLink = Selectable<Tables['one_time_links']>;

/** The time for which each kind works. */
export const LINK_MS = { invitation: 7 * 24 * 3_600_000, password: 24 * 3_600_000 } as const;
/** The most open invitations to one account. */
export const MAX_INVITATIONS = 100;
/** Ended links are kept for this time, so that they differ from wrong ones. */
export const LINK_KEPT_MS = 30 * 24 * 3_600_000;

const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Makes a link's secret. Only its digest is stored. */
export function newLinkSecret(randomBytes: (size: number) => Buffer): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** The path of a link. */
export function linkPath(secret: string): string {
  return `/links/${secret}`;
}

/** The digest by which a link is found; null for text that cannot be a secret. */
export function linkDigest(secret: string): string | null {
  return SECRET.test(secret) ? digestOf(secret) : null;
}

/** 410 for a used, expired or unknown link. The answer does not tell which. */
export function linkIsOver(): ApiError {
  return new ApiError(
    410,
    20404,
    'This link was used already, or has expired. Ask for a new link.',
  );
}
