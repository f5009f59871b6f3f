import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../../kit/api-error.ts';

/**
 * Refuses a form that another site made a browser send (docs/threats.md, T15). The origin that the
 * browser reports must be this site. Some clients report none, such as curl and old browsers; for
 * them the form's token decides.
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
    'This form came from another site or is too old. Go back, reload the page and try again.',
  );
}
