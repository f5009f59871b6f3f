import type { Readable } from 'node:stream';
import { fileHeaders } from '../../http/answers/file-headers.ts';
import type { FileAnswer } from '../../http/pages/page.ts';

/** A file of a customer. Its headers fix the type and forbid scripts. */
export function fileAnswer(
  name: string,
  type: string,
  bytes: Buffer | Readable,
  length: number,
): FileAnswer {
  return {
    kind: 'file',
    type,
    bytes,
    headers: { ...fileHeaders(name, type), 'content-length': String(length) },
  };
}
