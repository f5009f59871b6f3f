import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import type { Call, Endpoint } from '../endpoint.ts';
import { demandPathParameters, type Location, locationOf, originOf } from '../location.ts';
import { readBody } from '../parameters/body.ts';
import { readFields } from '../parameters/fields.ts';
import { type Form, parseForm, withoutEmpty } from '../parameters/form.ts';
import { demandHops } from '../parameters/hops.ts';
import { pathOf } from '../route-table.ts';

/** The parts of a request that its endpoint reads. */
export interface Asked extends Pick<Call, 'account_sid' | 'path' | 'input' | 'origin' | 'hops'> {
  readonly method: Endpoint['method'];
  readonly location: Location;
  /** The parameters by name, as the body or the query has them. */
  readonly form: Form;
  /** The header `Idempotency-Key`, unchecked. */
  readonly key: string | readonly string[] | undefined;
  /** Whether the connection of the client has ended, so that nobody reads the answer. */
  readonly isGone: () => boolean;
}

/** @throws ApiError 400, 404 or 415 for a request that the endpoint does not accept. */
export async function readRequest(
  { config }: App,
  { method, input }: Endpoint,
  request: FastifyRequest,
  { account }: Caller,
): Promise<Asked> {
  const { headers, protocol } = request;
  const location = locationOf(request.raw);
  const path = pathOf(request);
  demandPathParameters(path);
  const form =
    method === 'POST' ? await readBody(request, input) : withoutEmpty(parseForm(location.query));
  return {
    method,
    location,
    form,
    account_sid: path['AccountSid'] ?? account.sid,
    path,
    input: method === 'DELETE' ? {} : readFields(input, form),
    origin: originOf(config.publicUrl, protocol === 'https', headers.host),
    hops: demandHops(headers),
    key: headers['idempotency-key'],
    isGone: () => request.raw.socket.destroyed,
  };
}
