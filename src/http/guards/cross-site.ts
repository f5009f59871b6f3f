import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../kit/api-error.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const OTHER_SITES: ReadonlySet<string> = new Set(['cross-site', 'same-site']);
/** What a page of another site can make a browser send with its credentials and without asking. */
const UNASKED: ReadonlySet<string> = new Set(['navigate', 'no-cors']);

/**
 * Refuses a write that a page of another site made a browser send: a form, or an image. A browser
 * adds credentials that it has cached for Basic authentication. A script that may write asks first
 * (CORS) and brings its own credentials.
 * @returns what the request is refused with, or null
 */
export function refusalOfCrossSite({ method = 'GET', headers }: IncomingMessage): ApiError | null {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (READS.has(method) || typeof site !== 'string' || !OTHER_SITES.has(site)) return null;
  if (typeof mode !== 'string' || !UNASKED.has(mode)) return null;
  return new ApiError(403, 20403, 'A page of another site made this request; nothing was changed.');
}
