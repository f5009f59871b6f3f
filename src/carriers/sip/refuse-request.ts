import { readWords } from './fields.ts';
import { type Header, header, headerOf, joinedHeader } from './headers.ts';
import { KEY_TYPES } from './key-info.ts';
import type { SipRequest } from './message.ts';
import { BadSyntax } from './scan.ts';
import { readSipUri, readTelUri, schemeOf } from './uri.ts';

/** The methods that the user agent understands. */
const METHODS = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'INFO', 'UPDATE'] as const;
export const SDP_TYPE = 'application/sdp';

export interface Refusal {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly phrase?: string;
}

/** The headers of every answer to OPTIONS, and of every refusal of a method. */
export function allowHeaders(): Header[] {
  return [header('Allow', METHODS.join(', '))];
}

/**
 * The refusal of a request that a user agent must not serve (RFC 3261 §8.2); null when it may. ACK
 * is never answered, and CANCEL has no extensions (§9.1).
 */
export function refuseRequest(request: SipRequest): Refusal | null {
  if (request.method === 'ACK' || request.method === 'CANCEL') return null;
  if (!METHODS.some((method) => method === request.method)) {
    return { status: 501, headers: allowHeaders() };
  }
  return refuseAddress(request.uri) ?? refuseExtensions(request) ?? refuseContent(request);
}

function refuseAddress(uri: string): Refusal | null {
  const scheme = schemeOf(uri);
  try {
    if (scheme === 'tel') readTelUri(uri);
    else if (scheme !== 'sip' && scheme !== 'sips') return { status: 416, headers: [] };
    else if (readSipUri(uri).headers !== '') return bad('The Request-URI has headers');
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    return bad(error.message);
  }
  return null;
}

function bad(phrase: string): Refusal {
  return { status: 400, headers: [], phrase };
}

/** Extensions that a request may require. */
const EXTENSIONS = new Set(['timer']);

/** A request may require nothing but these extensions. */
function refuseExtensions(request: SipRequest): Refusal | null {
  const wanted = joinedHeader(request, 'require');
  const all = wanted === null ? [] : readWords(wanted);
  const unknown = all.filter((one) => !EXTENSIONS.has(one.toLowerCase()));
  if (unknown.length === 0) return null;
  return { status: 420, headers: [header('Unsupported', unknown.join(', '))] };
}

function refuseContent(request: SipRequest): Refusal | null {
  const accepts = header('Accept', SDP_TYPE);
  if (request.body.length > 0 && request.method !== 'OPTIONS') {
    const type = mediaTypeOf(headerOf(request, 'content-type') ?? SDP_TYPE);
    const types = request.method === 'INFO' ? [SDP_TYPE, ...KEY_TYPES] : [SDP_TYPE];
    const coding = headerOf(request, 'content-encoding') ?? 'identity';
    if (!types.includes(type) || coding.toLowerCase() !== 'identity') {
      return { status: 415, headers: [accepts] };
    }
  }
  const accepted = joinedHeader(request, 'accept');
  if (request.method !== 'INVITE' || !accepted) return null;
  const takes = accepted.split(',').map((one) => mediaTypeOf(one));
  const has_sdp = takes.some((one) => one === SDP_TYPE || one === 'application/*' || one === '*/*');
  return has_sdp ? null : { status: 406, headers: [accepts] };
}

/** A media type without its parameters, in lower case. */
function mediaTypeOf(text: string): string {
  const semicolon = text.indexOf(';');
  const type = semicolon === -1 ? text : text.slice(0, semicolon);
  return type.toLowerCase().replaceAll(' ', '').replaceAll('\t', '');
}
