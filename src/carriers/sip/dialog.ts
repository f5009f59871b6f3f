import { MAX_CSEQ, type Party, readParties, tagOf, writeParty } from './fields.ts';
import { header, joinedHeader } from './headers.ts';
import {
  contactsOf,
  NO_BODY,
  type RequestDraft,
  type SipRequest,
  type SipResponse,
} from './message.ts';
import { NO_PARAMETERS } from './parameters.ts';
import { BadSyntax } from './scan.ts';
import { readSipUri, writeSipUri } from './uri.ts';

/**
 * The identity of a dialog (RFC 3261 §12). It is plain data, so another process can end the call of
 * one that died.
 */
export interface Dialog {
  readonly call_id: string;
  readonly local_tag: string;
  readonly remote_tag: string;
  readonly local_uri: string;
  readonly remote_uri: string;
  /** The target of this dialog's requests; a later Contact replaces it. */
  readonly remote_target: string;
  /** The addresses of Route, in the order of the way. */
  readonly route_set: readonly string[];
  readonly local_cseq: number;
  /** Null until the far side sent a request. */
  readonly remote_cseq: number | null;
}

/** The dialog that an answer to our INVITE makes; null without a tag or a Contact. */
export function dialogOfAnswer(response: SipResponse): Dialog | null {
  const remote_tag = tagOf(response.to);
  const [contact] = contactsOf(response);
  if (remote_tag === null || !contact) return null;
  return {
    call_id: response.call_id,
    local_tag: tagOf(response.from) ?? '',
    remote_tag,
    local_uri: response.from.uri,
    remote_uri: response.to.uri,
    remote_target: contact.uri,
    // The side that asked sees the way from its end (RFC 3261 §12.1.2).
    route_set: routesOf(response).toReversed(),
    local_cseq: response.cseq.number,
    remote_cseq: null,
  };
}

/** The dialog that our answer to their INVITE makes; null without a Contact. */
export function dialogOfRequest(request: SipRequest, local_tag: string): Dialog | null {
  const [contact] = contactsOf(request);
  if (!contact) return null;
  return {
    call_id: request.call_id,
    local_tag,
    remote_tag: tagOf(request.from) ?? '',
    local_uri: request.to.uri,
    remote_uri: request.from.uri,
    remote_target: contact.uri,
    route_set: routesOf(request),
    local_cseq: 0,
    remote_cseq: request.cseq.number,
  };
}

function routesOf(message: SipRequest | SipResponse): string[] {
  const text = joinedHeader(message, 'record-route');
  return text === null ? [] : readParties(text, 'Record-Route').map((one) => one.uri);
}

/** The dialog after one more request of ours, and that request. */
export function nextRequest(
  dialog: Dialog,
  method: string,
): { readonly dialog: Dialog; readonly draft: RequestDraft } {
  const local_cseq = (dialog.local_cseq % MAX_CSEQ) + 1;
  const moved = { ...dialog, local_cseq };
  return { dialog: moved, draft: requestWithin(moved, method, local_cseq) };
}

/** A request of a dialog with the number of its INVITE, which an ACK has. */
export function requestWithin(dialog: Dialog, method: string, number: number): RequestDraft {
  const { uri, routes } = wayOf(dialog);
  const party = (address: string, tag: string): Party => ({
    display: '',
    uri: address,
    parameters: tag === '' ? NO_PARAMETERS : new Map([['tag', tag]]),
  });
  const headers = [
    ...routes.map((route) => header('Route', `<${route}>`)),
    header('From', writeParty(party(dialog.local_uri, dialog.local_tag))),
    header('To', writeParty(party(dialog.remote_uri, dialog.remote_tag))),
    header('Call-ID', dialog.call_id),
    header('CSeq', `${number} ${method}`),
    header('Max-Forwards', '70'),
  ];
  return { is: 'request', method, uri, headers, body: NO_BODY };
}

/**
 * The Request-URI and Route of a dialog. A strict router, one without `lr`, gets the request
 * addressed to itself, with the target at the end of Route (RFC 3261 §12.2.1.1).
 */
function wayOf({ remote_target, route_set }: Dialog): { uri: string; routes: readonly string[] } {
  const [first, ...rest] = route_set;
  if (first === undefined || isLoose(first)) return { uri: remote_target, routes: route_set };
  return { uri: first, routes: [...rest, remote_target] };
}

/** The address that the next request of a dialog is sent to (RFC 3261 §8.1.2). */
export function nextAddressOf(dialog: Dialog): string {
  return dialog.route_set[0] ?? dialog.remote_target;
}

function isLoose(address: string): boolean {
  try {
    return readSipUri(address).parameters.has('lr');
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    return true;
  }
}

/**
 * The dialog after a request of the far side: its number counts, and a Contact of a target refresh
 * moves the target. Null for a number that is not above the last one (RFC 3261 §12.2.2).
 */
export function afterRequest(dialog: Dialog, request: SipRequest): Dialog | null {
  const { number } = request.cseq;
  if (dialog.remote_cseq !== null && number <= dialog.remote_cseq) return null;
  const [contact] = ['INVITE', 'UPDATE'].includes(request.method) ? contactsOf(request) : [];
  return { ...dialog, remote_cseq: number, remote_target: contact?.uri ?? dialog.remote_target };
}

/** The address of a Contact of ours. */
export function contactUri(
  user: string,
  at: { readonly host: string; readonly port: number },
  transport: string,
): string {
  const parameters = new Map(transport === 'udp' ? [] : [['transport', transport]]);
  const address = { scheme: 'sip', user, password: null, headers: '', parameters } as const;
  return writeSipUri({ ...address, host: at.host.toLowerCase(), port: at.port });
}
