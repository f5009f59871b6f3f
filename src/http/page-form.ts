import type { FastifyRequest } from 'fastify';
import { ApiError, badRequest } from '../kit/api-error.ts';
import { decodeUtf8, EMPTY_FORM, type Form, MAX_PARAMETERS, parseForm } from './form.ts';

/** What a browser sent with a form. */
export interface Submitted {
  readonly form: Form;
  readonly files: ReadonlyMap<string, Buffer>;
}

export const NOTHING_SUBMITTED: Submitted = { form: EMPTY_FORM, files: new Map() };

/**
 * Reads the body of a form, with files where `takes_files` says so (RFC 7578).
 * @throws ApiError 400 or 415
 */
export async function readSubmitted(
  request: FastifyRequest,
  takes_files: boolean,
): Promise<Submitted> {
  const body = request.body as Buffer | undefined;
  if (body === undefined || body.length === 0) return NOTHING_SUBMITTED;
  const type = request.headers['content-type'] ?? '';
  if (/^application\/x-www-form-urlencoded *(?:;|$)/i.test(type)) {
    return { form: parseForm(decodeUtf8(body)), files: new Map() };
  }
  if (takes_files && /^multipart\/form-data *;/i.test(type)) return readMultipart(body, type);
  throw new ApiError(415, 20001, 'Send the form as a browser does.');
}

/** The platform's own parser; the body is whole, and bounded, before it begins. */
async function readMultipart(body: Buffer, type: string): Promise<Submitted> {
  const bytes = new Uint8Array(body);
  const parsed = await new Response(bytes, { headers: { 'content-type': type } })
    .formData()
    .catch(() => null);
  if (!parsed) throw badRequest('The form cannot be read; send it again.');
  const form = new Map<string, string[]>();
  const files = new Map<string, Buffer>();
  let count = 0;
  for (const [name, value] of parsed) {
    count += 1;
    if (count > MAX_PARAMETERS) throw badRequest(`Send at most ${MAX_PARAMETERS} parameters`);
    if (typeof value === 'string') form.set(name, [...(form.get(name) ?? []), value]);
    // A file field that was left empty arrives as a file without a byte.
    else if (value.size > 0) files.set(name, Buffer.from(await value.arrayBuffer()));
  }
  return { form, files };
}
