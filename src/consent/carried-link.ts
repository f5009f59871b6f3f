import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { URL_LENGTH } from '../http/parameters/fields.ts';
import type { Link } from './interaction.ts';

/**
 * The parameters of a Connect button's link, for a person who must sign in first. The path to which
 * the browser returns carries them, so that a stranger's visit stores nothing. Anybody can write
 * such a path, just like the link itself, so the same rules apply to both.
 */
export interface CarriedLink {
  readonly state: string | null;
  readonly cb: string | null;
}

/** More than the longest state and the longest `cb` together. */
const MAX_BYTES = 8_192;

/** @param cb the parameter of the link, unchanged */
export function carry({ state, ignored_cb }: Link, cb: string | undefined): string {
  // Of an ignored address, only the part that the developer sees is kept.
  const kept = ignored_cb ?? (cb !== undefined && cb.length <= URL_LENGTH ? cb : '');
  // The state may have any character. A valid `cb` has no line feed, so a line feed separates them.
  const text = `${kept.replaceAll('\n', ' ')}\n${state === null ? '' : `=${state}`}`;
  return deflateRawSync(Buffer.from(text)).toString('base64url');
}

/** @returns null for a text that `carry` did not make. */
export function readCarried(text: string): CarriedLink | null {
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: MAX_BYTES });
    const [, cb = '', state] = /^([^\n]*)\n(?:=(.*))?$/s.exec(bytes.toString()) ?? [];
    return { cb: cb === '' ? null : cb, state: state ?? null };
  } catch {
    return null;
  }
}
