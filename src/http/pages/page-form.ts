import type { FastifyRequest } from 'fastify';
import { ApiError, badParameter } from '../../kit/api-error.ts';
import { decodeUtf8, EMPTY_FORM, parseForm } from '../parameters/form.ts';
import { isMultipart, readMultipart, type Submitted } from '../parameters/multipart.ts';

export const NOTHING_SUBMITTED: Submitted = { form: EMPTY_FORM, files: new Map() };

/**
 * Reads the body of a form. The form may hold files only when `takes_files` is true.
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
  if (!isMultipart(type)) throw new ApiError(415, 20001, 'Send the form as a browser does.');
  const { form, files } = await readMultipart(body, type);
  for (const [name, bytes] of files) {
    // An empty file comes from a file field without a file.
    if (bytes.length === 0) files.delete(name);
    else if (!takes_files) throw badParameter(name, 'must be text, not a file');
  }
  return { form, files };
}
