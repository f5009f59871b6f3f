import { type Header, header, headerOf, headersOf } from './headers.ts';
import { type Draft, NO_BODY, type ResponseDraft } from './message.ts';
import { phraseOf } from './phrases.ts';

/**
 * The octets of a message. Content-Length is counted here.
 * @throws TypeError when a value would begin a line of its own
 */
export function writeMessage(draft: Draft): Buffer {
  const start =
    draft.is === 'request'
      ? `${draft.method} ${draft.uri} SIP/2.0`
      : `SIP/2.0 ${draft.status} ${draft.phrase}`;
  const lines = [start];
  for (const { key, name, value } of draft.headers) {
    if (key !== 'content-length') lines.push(`${name}: ${value}`);
  }
  lines.push(`Content-Length: ${draft.body.length}`);
  for (const line of lines) {
    if (line.includes('\r') || line.includes('\n')) {
      throw new TypeError('A header of SIP must not have a line break; take it out of the value.');
    }
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), draft.body]);
}

/** The fields that an answer has from its request (RFC 3261 §8.2.6.2). */
const COPIED = new Set(['via', 'from', 'to', 'call-id', 'cseq']);

export interface AnswerParts {
  /** Added to To when the request has none. */
  readonly tag: string;
  readonly headers?: readonly Header[];
  readonly body?: Buffer;
  readonly phrase?: string;
}

/** An answer to a request. */
export function answerTo(
  request: Pick<Draft, 'headers'>,
  status: number,
  { tag, headers = [], body = NO_BODY, phrase = phraseOf(status) }: AnswerParts,
): ResponseDraft {
  const copied = request.headers.filter((one) => COPIED.has(one.key));
  // Every element on the path of a dialog must see itself in the answer (RFC 3261 §12.1.1).
  const routes = status > 100 && status < 300 ? headersOf(request, 'record-route') : [];
  const tagged = copied.map((one) => (one.key === 'to' ? withTag(one, status, tag) : one));
  return { is: 'response', status, phrase, headers: [...tagged, ...routes, ...headers], body };
}

function withTag(to: Header, status: number, tag: string): Header {
  // 100 belongs to the hop and makes no dialog. The tag of a request within one stays.
  if (status === 100 || hasTag(to.value)) return to;
  return header(to.name, `${to.value};tag=${tag}`);
}

function hasTag(value: string): boolean {
  return /;\s?tag\s?=/i.test(value.slice(value.lastIndexOf('>') + 1));
}

/** Whether a message that could not be read has the fields that an answer needs. */
export function canBeAnswered(draft: Draft | null): boolean {
  if (draft?.is !== 'request' || draft.method === 'ACK') return false;
  return [...COPIED].every((key) => headerOf(draft, key) !== null);
}
