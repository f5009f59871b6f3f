import { headerOf } from './headers.ts';
import type { SipRequest } from './message.ts';

/** The types of a body that tells a key. Both were defined by vendors, and by no RFC. */
export const KEY_TYPES: readonly string[] = ['application/dtmf-relay', 'application/dtmf'];
/** The octets of a body that are read. */
const MAX_BODY = 100;
/** Keys that some telephones write as numbers (RFC 4733 §3.2). */
const EVENTS: Readonly<Record<string, string>> = {
  10: '*',
  11: '#',
  12: 'A',
  13: 'B',
  14: 'C',
  15: 'D',
};

/** Tells the key of an INFO, if it has one. */
export function tellKey(request: SipRequest, events: { key(key: string): void }): void {
  const key = keyOfInfo(request);
  if (key !== null) events.key(key);
}

/** @returns the key that an INFO tells; null for one about another thing */
function keyOfInfo({ method, headers, body }: SipRequest): string | null {
  const [type = ''] = (headerOf({ headers }, 'content-type') ?? '').toLowerCase().split(';', 1);
  if (method !== 'INFO' || !KEY_TYPES.includes(type.trim())) return null;
  const text = body.toString('latin1', 0, MAX_BODY);
  const written = /^signal\s*=\s*(\S+)/im.exec(text)?.[1] ?? text.trim();
  const key = EVENTS[written] ?? written.toUpperCase();
  return /^[0-9*#A-D]$/.test(key) ? key : null;
}
