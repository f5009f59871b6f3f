import type { Readable } from 'node:stream';
import type { FileAnswer } from '../http/page.ts';

/** What browsers may show by themselves; SVG is not among it, as it can hold scripts. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

/** How a page can show a file: as a picture, sound, a film, or not at all. */
export function shownAs(type: string): 'image' | 'audio' | 'video' | null {
  if (!SHOWN.test(type)) return null;
  return type.split('/')[0] as 'image' | 'audio' | 'video';
}

/** A file of a customer: as what it is said to be and nothing else, without leave to run anything. */
export function fileAnswer(
  name: string,
  type: string,
  bytes: Buffer | Readable,
  length: number,
): FileAnswer {
  const disposition = shownAs(type) === null ? 'attachment' : 'inline';
  return {
    kind: 'file',
    type,
    bytes,
    headers: {
      'content-disposition': `${disposition}; filename="${name}"`,
      'content-length': String(length),
      'content-security-policy': "default-src 'none'; sandbox",
    },
  };
}
