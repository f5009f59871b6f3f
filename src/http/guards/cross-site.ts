import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../kit/api-error.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const OTHER_SITES: ReadonlySet<string> = new Set(['cross-site', 'same-site']);
/** The modes of requests that a browser sends for another site's page with credentials, unasked. */
const UNASKED: ReadonlySet<string> = new Set(['navigate', 'no-cors']);

/**
 * Refuses a write that a page of another site made a browser send, by a form or an image. A browser
 * adds its cached Basic credentials to such a request. A script that may write differs: its browser
 * sends a preflight request first (CORS), and it brings its own credentials.
 * @returns the error that refuses the request, or null
 */
export function refusalOfCrossSite({ method = 'GET', headers }: IncomingMessage): ApiError | null {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (READS.has(method) || typeof site !== 'string' || !OTHER_SITES.has(site)) return null;
  if (typeof mode !== 'string' || !UNASKED.has(mode)) return null;
  return new ApiError(403, 20403, 'A page of another site made this request; nothing was changed.');
}
