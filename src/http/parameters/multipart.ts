import type { BusboyFileStream } from '@fastify/busboy';
import { badRequest } from '../../kit/api-error.ts';
import { decodeUtf8, type Form, MAX_PARAMETERS, REPLACEMENT } from './form.ts';

/** The content of a form: its parameters, and the files of its file fields. */
export interface Submitted {
  readonly form: Form;
  readonly files: Map<string, Buffer>;
}

const BROKEN =
  'The form cannot be read: it must be multipart/form-data with the boundary from its Content-Type';

export function isMultipart(type: string): boolean {
  return /^multipart\/form-data *(?:;|$)/i.test(type);
}

/**
 * Reads `multipart/form-data` (RFC 7578). The body is complete, and its size was checked. An empty
 * file field arrives as a file without a name and without bytes, and is left out.
 * @throws ApiError 400/20001 for more than 500 parts, or for a body that cannot be read exactly
 */
export async function readMultipart(body: Buffer, type: string): Promise<Submitted> {
  const { Busboy } = await import('@fastify/busboy');
  const form = new Map<string, string[]>();
  const files = new Map<string, Buffer>();
  const reading = Promise.withResolvers<undefined>();
  const refuse = (message: string) => reading.reject(badRequest(message));
  const parser = open();
  // Busboy calls a listener with five arguments.
  // oxlint-disable-next-line eslint/max-params
  parser.on('field', (name: string | undefined, value, _isNameCut, _isCut, encoding) => {
    if (name === undefined) refuse('A part of the form has no name');
    else if (isPacked(encoding)) refuse(`Send ${name} without a Content-Transfer-Encoding`);
    else form.set(name, [...(form.get(name) ?? []), value]);
  });
  parser.on('file', (name: string | undefined, stream: BusboyFileStream, filename, encoding) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => refuse(BROKEN));
    stream.on('end', () => {
      if (name === undefined) refuse('A part of the form has no name');
      else if (isPacked(encoding)) refuse(`Send ${name} without a Content-Transfer-Encoding`);
      else if (filename !== '' || chunks.length > 0) files.set(name, Buffer.concat(chunks));
    });
  });
  parser.on('partsLimit', () => refuse(`Send at most ${MAX_PARAMETERS} parameters`));
  parser.on('error', () => refuse(BROKEN));
  parser.on('finish', () => reading.resolve(undefined));
  parser.end(body);
  await reading.promise;
  // A part may name its own charset. All other text must be UTF-8.
  const texts = [...form].flatMap(([name, values]) => [name, ...values]);
  if (texts.some((text) => text.includes(REPLACEMENT))) decodeUtf8(body);
  return { form, files };

  function open() {
    try {
      return new Busboy({
        headers: { 'content-type': type },
        isPartAFile: (_name, _type, filename) => filename !== undefined,
        limits: { fieldSize: body.length, parts: MAX_PARAMETERS },
      });
    } catch {
      throw badRequest(BROKEN);
    }
  }
}

/** Whether a part has an encoding such as base64, which RFC 7578 (section 4.7) deprecates. */
function isPacked(encoding: string): boolean {
  return !['', '7bit', '8bit', 'binary'].includes(encoding.trim().toLowerCase());
}
