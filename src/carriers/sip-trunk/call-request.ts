import type { Party } from '../sip/fields.ts';
import { type Header, header } from '../sip/headers.ts';
import { NO_PARAMETERS } from '../sip/parameters.ts';
import { escapeUser, readSipUri, type SipUri, writeHost, writeSipUri } from '../sip/uri.ts';
import type { LegWanted } from '../voice-carrier.ts';

/** The version of the API, which every call names. */
const API_VERSION = '2010-04-01';
const MAX_HEADERS = 20;
/** Headers that an address may carry, beside those that begin with `x-`. */
const CARRIED = [
  'user-to-user',
  'remote-party-id',
  'p-preferred-identity',
  'p-called-party-id',
] as const;
/** Parameters that choose a place of Twilio. There is none here. */
const PLACES = ['edge', 'region'] as const;

/** A request for a call, without its way. */
export interface CallRequest {
  readonly uri: string;
  readonly from: Party;
  readonly headers: readonly Header[];
  /** Remarks for the timeline. */
  readonly notes: readonly string[];
}

/**
 * The request for a call: docs/contract/voice.md, "Calls over SIP".
 * @param address the `sip:` address of a target or a proxy, or the dialled one
 * @param domain the host in From
 */
export function requestOf(wanted: LegWanted, address: string, domain: string): CallRequest {
  const { to, from, call_sid, account_sid } = wanted;
  const target = readSipUri(address);
  const is_number = isNumber(to);
  const ignored = PLACES.filter((name) => target.parameters.has(name));
  const carried = is_number ? NOTHING : headersIn(target.headers);
  const headers = [
    header('X-Twilio-AccountSid', account_sid),
    header('X-Twilio-CallSid', call_sid),
    header('X-Twilio-ApiVersion', API_VERSION),
    ...carried.headers,
  ];
  const uri = addressedUri(target, is_number ? escapeUser(to) : target.user);
  const notes = ignored.map((name) => `"${name}" of the address has no effect here.`);
  return { uri, from: callerOf(from, domain), headers, notes: [...notes, ...carried.notes] };
}

/** A question whether a target takes calls, without its way. @param domain the host in From */
export function questionOf(address: string, domain: string): Pick<CallRequest, 'uri' | 'from'> {
  const target = readSipUri(address);
  const from = { display: '', parameters: NO_PARAMETERS, uri: `sip:${writeHost(domain, null)}` };
  return { uri: addressedUri(target, target.user), from };
}

function addressedUri(target: SipUri, user: SipUri['user']): string {
  const parameters = new Map(
    [...target.parameters].filter(([name]) => !PLACES.some((place) => place === name)),
  );
  return writeSipUri({ ...target, user, password: null, headers: '', parameters });
}

/** Whether a dialled text is a number, in E.164 or that of an emergency service. */
export function isNumber(to: string): boolean {
  return /^\+?\d/.test(to);
}

/** The caller as From shows it. */
function callerOf(from: string, domain: string): Party {
  const party = { display: '', parameters: NO_PARAMETERS };
  if (/^sip:/i.test(from)) {
    const caller: SipUri = readSipUri(from);
    const plain = { ...caller, password: null, headers: '', parameters: NO_PARAMETERS };
    return { ...party, uri: writeSipUri(plain) };
  }
  const user = escapeUser(from.replace(/^client:/, ''));
  return { ...party, uri: `sip:${user}@${writeHost(domain, null)}` };
}

const NOTHING: Pick<CallRequest, 'headers' | 'notes'> = { headers: [], notes: [] };

/** The headers after the question mark of an address. */
function headersIn(text: string): Pick<CallRequest, 'headers' | 'notes'> {
  const notes: string[] = [];
  const headers: Header[] = [];
  for (const part of text === '' ? [] : text.split('&')) {
    const at = part.indexOf('=');
    const name = at === -1 ? part : part.slice(0, at);
    const value = at === -1 ? '' : decoded(part.slice(at + 1));
    const isRoom = headers.length < MAX_HEADERS;
    if (isCarried(name) && value !== null && isRoom) headers.push(header(name, value));
    else notes.push(`The header "${name}" of the address was left out.`);
  }
  return { headers, notes };
}

function isCarried(name: string): boolean {
  const key = name.toLowerCase();
  // These headers say who calls, so an address must not set them.
  if (key.startsWith('x-twilio-')) return false;
  return /^x-[a-z0-9-]+$/.test(key) || CARRIED.some((one) => one === key);
}

/** A value without escapes; null for one that would break the message. */
function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return /\p{C}/u.test(value) ? null : value;
  } catch {
    return null;
  }
}
