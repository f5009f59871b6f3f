import {
  type CSeq,
  type Party,
  readCSeq,
  readOneParty,
  readParties,
  readVias,
  type Via,
} from './fields.ts';
import { type Header, headerOf, headersOf, joinedHeader } from './headers.ts';
import { BadSyntax, wholeNumber } from './scan.ts';

interface Content {
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

/** A request that is being made. The transaction adds its Via, and the writer the length. */
export interface RequestDraft extends Content {
  readonly is: 'request';
  readonly method: string;
  readonly uri: string;
}

export interface ResponseDraft extends Content {
  readonly is: 'response';
  readonly status: number;
  readonly phrase: string;
}

export type Draft = RequestDraft | ResponseDraft;

/** The fields that every message has, as `readCore` checked them. */
export interface Core {
  /** All values of Via; the first is of the last hop. */
  readonly vias: readonly [Via, ...Via[]];
  readonly from: Party;
  readonly to: Party;
  readonly call_id: string;
  readonly cseq: CSeq;
}

export interface SipRequest extends RequestDraft, Core {}
export interface SipResponse extends ResponseDraft, Core {}
export type SipMessage = SipRequest | SipResponse;

/** A message that is not read further. `draft` is the part that could be read, for an answer. */
export class BadMessage extends Error {
  readonly status: number;
  readonly draft: Draft | null;

  constructor(reason: string, status = 400, draft: Draft | null = null) {
    super(reason);
    this.status = status;
    this.draft = draft;
  }
}

export const NO_BODY = Buffer.alloc(0);
const MAX_CALL_ID_LENGTH = 512;
const MAX_FORWARDS = 255;
/** Fields with one value, each in one line (RFC 3261 §7.3.1). */
const SINGLE = ['from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-length', 'content-type'];

/**
 * Checks what every message must have (RFC 3261 §8.1.1 and §20).
 * @throws BadMessage
 */
export function readCore(draft: Draft): Core {
  try {
    for (const key of SINGLE) {
      if (headersOf(draft, key).length > 1) throw new BadSyntax(`${key} comes more than once`);
    }
    const [first, ...rest] = readVias(demanded(draft, 'via', joinedHeader(draft, 'via')));
    if (!first) throw new BadSyntax('Via is missing');
    const core: Core = {
      vias: [first, ...rest],
      from: readOneParty(demanded(draft, 'from'), 'From'),
      to: readOneParty(demanded(draft, 'to'), 'To'),
      call_id: readCallId(demanded(draft, 'call-id')),
      cseq: readCSeq(demanded(draft, 'cseq')),
    };
    checkOthers(draft);
    if (draft.is === 'request' && core.cseq.method !== draft.method) {
      throw new BadSyntax('The method in CSeq is not that of the request');
    }
    return core;
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    throw new BadMessage(error.message, 400, draft);
  }
}

function demanded(draft: Draft, key: string, value = headerOf(draft, key)): string {
  if (value === null) throw new BadSyntax(`${key} is missing`);
  return value;
}

function readCallId(text: string): string {
  if (text === '' || text.length > MAX_CALL_ID_LENGTH || text.includes(' ')) {
    throw new BadSyntax('Call-ID is empty, too long or has a space');
  }
  return text;
}

function checkOthers(draft: Draft): void {
  const hops = headerOf(draft, 'max-forwards');
  if (hops !== null) wholeNumber(hops, MAX_FORWARDS, 'Max-Forwards');
  for (const [key, name] of [
    ['route', 'Route'],
    ['record-route', 'Record-Route'],
  ] as const) {
    const value = joinedHeader(draft, key);
    if (value !== null) readParties(value, name);
  }
  const contact = joinedHeader(draft, 'contact');
  if (contact !== null && contact !== '*') readParties(contact, 'Contact');
}

/** The addresses of Contact; empty without the field. */
export function contactsOf(message: SipMessage): Party[] {
  const contact = joinedHeader(message, 'contact');
  return contact === null || contact === '*' ? [] : readParties(contact, 'Contact');
}
