import type { IncomingHttpHeaders } from 'node:http';
import { badParameter } from '../../kit/api-error.ts';

/** The header by which two platforms tell each other, and an application may tell this one. */
export const HOPS_HEADER = 'Tieline-Hops';
const RULE = 'must be a whole number from 0 to 9999';

/**
 * The wires and answers behind a request: docs/contract/messages.md, "Loops". 0 without the header.
 * @throws ApiError 400
 */
export function demandHops(headers: IncomingHttpHeaders): number {
  const given = headers['tieline-hops'];
  if (given === undefined) return 0;
  const hops = hopsIn(given);
  if (hops === null) throw badParameter(HOPS_HEADER, RULE);
  return hops;
}

/** @returns null for a value that is no count */
export function hopsIn(given: string | readonly string[] | undefined): number | null {
  return typeof given === 'string' && /^\d{1,4}$/.test(given) ? Number(given) : null;
}
