import type { FastifyRequest } from 'fastify';
import { ApiError, badParameter } from '../../kit/api-error.ts';
import type { Fields } from './fields.ts';
import { decodeUtf8, EMPTY_FORM, type Form, parseForm } from './form.ts';
import { isMultipart, readMultipart } from './multipart.ts';

const FORM_TYPE = /^application\/x-www-form-urlencoded *(?:;|$)/i;
const JSON_TYPE = /^application\/json *(?:;|$)/i;
const EMPTY_JSON = /^\s*\{\s*\}\s*$/;
/** The number of parameters in the example of a form. */
const SHOWN = 2;

/**
 * Reads the parameters of a `POST`. A body without a type is read as a form. An empty JSON object
 * stands for no parameters, because some HTTP libraries send one.
 * @throws ApiError 400/20001 for a file, naming its field, and 415/20001 for any other type
 */
export async function readBody(request: FastifyRequest, expected: Fields): Promise<Form> {
  const body = request.body as Buffer | undefined;
  if (body === undefined || body.length === 0) return EMPTY_FORM;
  const type = request.headers['content-type'] ?? '';
  if (type === '' || FORM_TYPE.test(type)) return parseForm(decodeUtf8(body));
  if (isMultipart(type)) return withoutFiles(await readMultipart(body, type));
  if (JSON_TYPE.test(type) && EMPTY_JSON.test(body.toString())) return EMPTY_FORM;
  throw new ApiError(
    415,
    20001,
    `Send the parameters as a form, ${exampleOf(expected)}, with Content-Type: ` +
      'application/x-www-form-urlencoded or multipart/form-data',
  );
}

/** `To=…&From=…` */
function exampleOf({ shape }: Fields): string {
  const names = Object.keys(shape).slice(0, SHOWN);
  return (names.length > 0 ? names : ['Name']).map((name) => `${name}=…`).join('&');
}

function withoutFiles({ form, files }: Awaited<ReturnType<typeof readMultipart>>): Form {
  for (const name of files.keys()) throw badParameter(name, 'must be text, not a file');
  return form;
}
