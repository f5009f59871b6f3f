import { type Dialog, nextRequest } from './dialog.ts';
import { header } from './headers.ts';
import type { RequestDraft, ResponseDraft, SipRequest } from './message.ts';
import { allowHeaders, SDP_TYPE } from './refuse-request.ts';
import { refreshedHeaders } from './session-timer.ts';
import { answerTo } from './write-message.ts';

/** Requests that keep or change a session, and our answers to them. */

interface Shown {
  readonly tag: string;
  /** The address of our Contact. */
  readonly contact: string;
  /** Our description of the sound; null without one. */
  readonly sdp: string | null;
}

/** The acceptance of a re-INVITE or an UPDATE. */
export function acceptAgain(request: SipRequest, { tag, contact, sdp }: Shown): ResponseDraft {
  const headers = [
    header('Contact', `<${contact}>`),
    ...(sdp === null ? [] : [header('Content-Type', SDP_TYPE)]),
    ...allowHeaders(),
    ...refreshedHeaders(request),
  ];
  return answerTo(request, 200, { tag, headers, body: Buffer.from(sdp ?? '') });
}

/** A sign of life that the far side left to us (RFC 4028 §9), and the dialog after it. */
export function refreshOf(
  dialog: Dialog,
  contact: string,
  seconds: number,
): { readonly dialog: Dialog; readonly draft: RequestDraft } {
  const next = nextRequest(dialog, 'UPDATE');
  const headers = [
    ...next.draft.headers,
    header('Contact', `<${contact}>`),
    header('Supported', 'timer'),
    header('Session-Expires', `${seconds};refresher=uac`),
  ];
  return { ...next, draft: { ...next.draft, headers } };
}
