import type { FastifyRequest } from 'fastify';
import { ApiError } from '../kit/api-error.ts';
import { decodeUtf8, EMPTY_FORM, type Form, parseForm } from './form.ts';

/**
 * The parameters of a `POST`. A body without a type is read as a form, as curl's users expect.
 * @throws ApiError 415/20001 for any other type.
 */
export function readBody(request: FastifyRequest): Form {
  const body = request.body as Buffer | undefined;
  if (body === undefined || body.length === 0) return EMPTY_FORM;
  const type = request.headers['content-type'] ?? '';
  if (type !== '' && !/^application\/x-www-form-urlencoded *(?:;|$)/i.test(type)) {
    throw new ApiError(
      415,
      20001,
      'Send the parameters as application/x-www-form-urlencoded, not as another Content-Type',
    );
  }
  return parseForm(decodeUtf8(body));
}
