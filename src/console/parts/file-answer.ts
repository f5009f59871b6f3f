import type { Readable } from 'node:stream';
import { fileHeaders } from '../../http/answers/file-headers.ts';
import type { FileAnswer } from '../../http/pages/page.ts';

/** A file of a customer: as what it is said to be and nothing else, without leave to run anything. */
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
