import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../../kit/api-error.ts';

/**
 * Refuses a form that another site made a browser send (docs/threats.md, T15): what the browser
 * says of the request's origin has to be this site. A client that says nothing of it, as old
 * browsers and curl do, is left to the form's token.
 * @throws ApiError 403
 */
export function demandOwnOrigin(headers: IncomingHttpHeaders, origin: string): void {
  const { 'sec-fetch-site': site, origin: claimed } = headers;
  if (site !== undefined && site !== 'same-origin') throw foreignForm();
  if (claimed !== undefined && claimed !== origin) throw foreignForm();
}

export function foreignForm(): ApiError {
  return new ApiError(
    403,
    20403,
    'This form came from another site, or has become too old. Go back, reload the page and try again.',
  );
}
