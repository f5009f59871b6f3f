import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { URL_LENGTH } from '../http/parameters/fields.ts';
import type { Link } from './interaction.ts';

/**
 * What the link behind a Connect button carries, for somebody who has to sign in first. It goes along
 * in the path that the browser returns to, so that a stranger's visit writes nothing down. It is no
 * more than the link itself, which anybody can write: it is read by the same rules.
 */
export interface CarriedLink {
  readonly state: string | null;
  readonly cb: string | null;
}

/** More than the longest state and `cb` come to. */
const MAX_BYTES = 8_192;

/** @param cb as the link has it */
export function carry({ state, ignored_cb }: Link, cb: string | undefined): string {
  // Of an address that is not followed, no more than the developer is told.
  const kept = ignored_cb ?? (cb !== undefined && cb.length <= URL_LENGTH ? cb : '');
  // The state alone may hold any character; a `cb` that counts holds no line feed.
  const text = `${kept.replaceAll('\n', ' ')}\n${state === null ? '' : `=${state}`}`;
  return deflateRawSync(Buffer.from(text)).toString('base64url');
}

/** @returns null for what was not made by `carry`. */
export function readCarried(text: string): CarriedLink | null {
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: MAX_BYTES });
    const [, cb = '', state] = /^([^\n]*)\n(?:=(.*))?$/s.exec(bytes.toString()) ?? [];
    return { cb: cb === '' ? null : cb, state: state ?? null };
  } catch {
    return null;
  }
}
