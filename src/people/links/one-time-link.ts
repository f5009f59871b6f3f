import type { Selectable } from 'kysely';
import type { Tables } from '../../db/tables/tables.ts';
import { ApiError } from '../../kit/api-error.ts';
import { digestOf } from '../../kit/seal.ts';

/** An invitation, or a way to set a new password. Whoever has the link may use it, once. */
export type OneTimeLink = Selectable<Tables['one_time_links']>;

/** How long each kind works. */
export const LINK_MS = { invitation: 7 * 24 * 3_600_000, password: 24 * 3_600_000 } as const;
/** Invitations to one account that nobody has used yet. */
export const MAX_INVITATIONS = 100;
/** Links that are over are kept for so long, so that they can be told from wrong ones. */
export const LINK_KEPT_MS = 30 * 24 * 3_600_000;

const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** A link's secret; only its digest is stored. */
export function newLinkSecret(randomBytes: (size: number) => Buffer): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Where a link leads. */
export function linkPath(secret: string): string {
  return `/links/${secret}`;
}

/** What a link is found by; null when it cannot be one. */
export function linkDigest(secret: string): string | null {
  return SECRET.test(secret) ? digestOf(secret) : null;
}

/** 410: used, expired, or never made; which of these is nobody's business. */
export function linkIsOver(): ApiError {
  return new ApiError(
    410,
    20404,
    'This link was used already, or has expired. Ask whoever gave it to you for a new one.',
  );
}
