import type { CallWanted } from './call.ts';
import { contactUri } from './dialog.ts';
import { writeParty } from './fields.ts';
import { type Header, header, headerOf } from './headers.ts';
import { NO_BODY, type RequestDraft } from './message.ts';
import { allowHeaders, SDP_TYPE } from './refuse-request.ts';

interface InviteParts {
  readonly local_tag: string;
  readonly call_id: string;
  readonly cseq: number;
  /** The address of our Contact. */
  readonly at: { readonly host: string; readonly port: number };
  readonly authorization: readonly Header[];
  /** Null lets the far side offer first. */
  readonly offer: string | null;
}

/** An INVITE outside of a dialog (RFC 3261 §13.2.1). */
export function inviteOf(wanted: CallWanted, parts: InviteParts): RequestDraft {
  const { uri, from, routes, headers, hop, user } = wanted;
  const { local_tag, call_id, cseq, at, authorization, offer } = parts;
  const tagged = { ...from, parameters: new Map([['tag', local_tag]]) };
  return {
    is: 'request',
    method: 'INVITE',
    uri,
    headers: [
      ...routes.map((route) => header('Route', `<${route}>`)),
      header('From', writeParty(tagged)),
      header('To', `<${uri}>`),
      header('Call-ID', call_id),
      header('CSeq', `${cseq} INVITE`),
      header('Max-Forwards', '70'),
      header('Contact', `<${contactUri(user, at, hop.transport)}>`),
      ...allowHeaders(),
      ...headers,
      ...authorization,
      ...(offer === null ? [] : [header('Content-Type', SDP_TYPE)]),
    ],
    body: offer === null ? NO_BODY : Buffer.from(offer),
  };
}

/** The branch of a request of ours, which its CANCEL has as well. */
export function branchOf(draft: RequestDraft): string {
  const via = headerOf(draft, 'via') ?? '';
  const from = via.indexOf('branch=') + 'branch='.length;
  const end = via.indexOf(';', from);
  return via.slice(from, end === -1 ? via.length : end);
}
