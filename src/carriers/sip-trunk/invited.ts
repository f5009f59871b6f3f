import { type Party, readParties } from '../sip/fields.ts';
import { headerOf, joinedHeader } from '../sip/headers.ts';
import type { SipRequest } from '../sip/message.ts';
import type { Source } from '../sip/outside.ts';
import { BadSyntax } from '../sip/scan.ts';
import { readSipUri, readTelUri, schemeOf, unescapeUser, writeSipUri } from '../sip/uri.ts';
import type { InvitedCall } from '../voice-carrier.ts';

/** The most headers that an application gets, and the longest value. */
const MAX_HEADERS = 20;
const MAX_VALUE = 1_024;
const MAX_NAME = 128;
/** The number of a caller who withholds theirs: the word on the keys of a telephone. */
const ANONYMOUS = '+266696687';
const WITHHELD: ReadonlySet<string> = new Set([
  'anonymous',
  'restricted',
  'unavailable',
  'unknown',
]);

/** The caller, the called number, and more: docs/contract/voice.md, "Calls that come in". */
export type Invitation = Pick<InvitedCall, 'host' | 'to' | 'from' | 'caller_name' | 'parameters'>;

/** Reads an INVITE outside of a dialog. */
export function invitationOf(request: SipRequest, { address }: Source): Invitation {
  const { host, number } = calledBy(request.uri);
  return {
    host,
    to: number,
    ...callerOf(request),
    parameters: {
      SipDomain: host,
      SipCallId: request.call_id,
      SipSourceIp: address,
      ...headersFor(request),
    },
  };
}

function calledBy(uri: string): { readonly host: string; readonly number: string | null } {
  if (schemeOf(uri) === 'tel') return { host: '', number: numberIn(readTelUri(uri).number) };
  const { host, user } = readSipUri(uri);
  return { host, number: numberIn(unescapeUser(user)) };
}

/** A number in E.164: with a plus sign, without it, or behind `00`. Parameters of it are left out. */
function numberIn(user: string): string | null {
  const [digits = ''] = user.split(';', 1);
  const plain = digits.replaceAll(/[-.() ]/g, '');
  if (!/^(?:\+|00)?[1-9]\d{6,14}$/.test(plain)) return null;
  return `+${plain.replace(/^(?:\+|00)/, '')}`;
}

/**
 * The caller. Only those whose calls are taken by their source get here, so what their network has
 * asserted counts more than what the caller's telephone says (RFC 3325).
 */
function callerOf(request: SipRequest): Pick<Invitation, 'from' | 'caller_name'> {
  const withheld = { from: ANONYMOUS, caller_name: null };
  if (/\bid\b|\buser\b/i.test(joinedHeader(request, 'privacy') ?? '')) return withheld;
  const party = assertedBy(request) ?? request.from;
  const name = plain(party.display).slice(0, MAX_NAME);
  const caller_name = name === '' ? null : name;
  try {
    if (schemeOf(party.uri) === 'tel') {
      const number = numberIn(readTelUri(party.uri).number);
      return number === null ? withheld : { from: number, caller_name };
    }
    const uri = readSipUri(party.uri);
    const user = unescapeUser(uri.user);
    if (user === '' || WITHHELD.has(user.toLowerCase())) return withheld;
    if (uri.host.endsWith('.invalid')) return withheld;
    const parts = { ...uri, password: null, headers: '', parameters: new Map() };
    return { from: numberIn(user) ?? plain(writeSipUri(parts)), caller_name };
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    return withheld;
  }
}

function assertedBy(request: SipRequest): Party | null {
  const text = joinedHeader(request, 'p-asserted-identity');
  if (text === null) return null;
  try {
    const parties = readParties(text, 'P-Asserted-Identity');
    return parties.find(({ uri }) => schemeOf(uri) === 'tel') ?? parties[0] ?? null;
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    return null;
  }
}

function headersFor(request: SipRequest): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { key, name } of request.headers) {
    const value = headerOf(request, key) ?? '';
    const isOwn = key.startsWith('x-') && /^[\w-]{1,64}$/.test(name);
    if (!isOwn || value.length > MAX_VALUE || Object.keys(found).length >= MAX_HEADERS) continue;
    found[`SipHeader_${name}`] = plain(value);
  }
  return found;
}

/** A text without control characters, and without what no database takes. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '')
    .trim();
}
