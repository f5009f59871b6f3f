import { type CallEnd, type CallParts, type CallWanted, retryOf } from './call.ts';
import { type ClientTransaction, cancelOf } from './client-transaction.ts';
import {
  afterRequest,
  contactUri,
  type Dialog,
  dialogOfAnswer,
  nextAddressOf,
  nextRequest,
  requestWithin,
} from './dialog.ts';
import { answerChallenge, readChallenges } from './digest.ts';
import { type Header, header, headerOf, headersOf, withHeader } from './headers.ts';
import { branchOf, inviteOf } from './invite.ts';
import { NO_BODY, type RequestDraft, type SipRequest, type SipResponse } from './message.ts';
import { type Hop, TIMEOUT_MS } from './outside.ts';
import { allowHeaders, SDP_TYPE } from './refuse-request.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { answerTo, writeMessage } from './write-message.ts';

/** An ACK that goes again for each repeat of its acceptance. */
interface SentAck {
  readonly draft: RequestDraft;
  readonly hop: Hop;
  readonly branch: string;
}

/** Above this size a request goes over a stream, so that no datagram is cut (RFC 3261 §18.1.1). */
const MAX_DATAGRAM = 1_300;
/** The size of our Via, which each transport adds. */
const VIA_OCTETS = 120;
/** The most challenges that one INVITE answers: a proxy, a target, and a nonce that grew old. */
const MAX_CHALLENGES = 3;

/** A call that this side makes (RFC 3261 §13.2). */
export class OutgoingCall {
  readonly call_id: string;
  readonly local_tag: string;
  readonly #wanted: CallWanted;
  readonly #parts: CallParts;
  #state: 'calling' | 'answered' | 'ended' = 'calling';
  #cseq = 0;
  #challenges = 0;
  #invite: ClientTransaction | null = null;
  #is_canceled = false;
  #has_progress = false;
  #dialog: Dialog | null = null;
  #ack: Promise<SentAck> | null = null;
  #cancelTry: () => void = () => {};
  #authorization: Header[] = [];
  #reinvite: ServerTransaction | null = null;

  constructor(wanted: CallWanted, parts: CallParts) {
    this.#wanted = wanted;
    this.#parts = parts;
    this.call_id = parts.outside.token();
    this.local_tag = parts.outside.token();
  }

  /** What another process needs to end this call; null before an answer. */
  get dialog(): Dialog | null {
    return this.#dialog;
  }

  start(): void {
    this.#cancelTry = this.#parts.outside.after(this.#wanted.try_ms, () => {
      if (this.#has_progress || this.#state !== 'calling') return;
      this.#invite?.stop();
      this.#end({ why: 'timeout', status: null, reason: 'No provisional answer came in time' });
    });
    this.#sendInvite();
  }

  /** Ends the call: CANCEL while it rings, BYE afterwards. Before any answer CANCEL waits. */
  hangUp(): void {
    if (this.#state === 'answered') {
      void this.#bye();
      this.#end({ why: 'here', status: null, reason: null });
    } else if (this.#state === 'calling' && !this.#is_canceled) {
      this.#is_canceled = true;
      if (this.#has_progress) this.#sendCancel();
    }
  }

  /** A 2xx to the INVITE: the first, a repeat, or that of another branch of a fork. */
  hearAcceptance(response: SipResponse): void {
    const dialog = dialogOfAnswer(response);
    if (!dialog) return;
    if (this.#dialog?.remote_tag === dialog.remote_tag) return void this.#sendAck();
    const is_wanted = this.#state === 'calling' && !this.#is_canceled;
    const is_first = this.#dialog === null;
    const answer = this.#answerTo(response);
    if (is_first) this.#dialog = dialog;
    const ack = this.#acknowledge(dialog, is_first ? answer : null);
    if (!is_wanted || !is_first) {
      // Every accepted branch has its own dialog, which must be ended (RFC 3261 §13.2.2.4).
      void ack.then(() => this.#byeOf(dialog));
      if (this.#state === 'calling') this.#end({ why: 'canceled', status: null, reason: null });
      return;
    }
    this.#ack = ack;
    this.#state = 'answered';
    this.#cancelTry();
    this.#parts.events.answered(response.body.length > 0 ? response.body : null);
  }

  /** A request of the far side within the dialog. */
  hearRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.#dialog && afterRequest(this.#dialog, request);
    if (!dialog) return this.#respond(transaction, this.#dialog ? 500 : 481);
    this.#dialog = dialog;
    if (request.method === 'BYE') {
      this.#respond(transaction, 200);
      this.#end({ why: 'far-side', status: null, reason: headerOf(request, 'reason') });
    } else if (request.method === 'INVITE') {
      this.#answerAgain(transaction, request);
    } else {
      this.#respond(transaction, 200);
    }
  }

  /** The ACK of our answer to a re-INVITE. */
  hearAck(): void {
    this.#reinvite?.acknowledge();
    this.#reinvite = null;
  }

  #sendInvite(): void {
    this.#cseq += 1;
    const offer = this.#parts.media.offer();
    const { hop } = this.#wanted;
    const draft = inviteOf(this.#wanted, {
      local_tag: this.local_tag,
      call_id: this.call_id,
      cseq: this.#cseq,
      at: this.#parts.wire.addressOf(hop.transport),
      authorization: this.#authorization,
      offer,
    });
    this.#has_progress = false;
    const isLarge =
      hop.transport === 'udp' && writeMessage(draft).length + VIA_OCTETS > MAX_DATAGRAM;
    if (!isLarge) return this.#request(draft, hop, (end) => this.#end(end));
    this.#request(draft, { ...hop, transport: 'tcp' }, (end) => {
      if (end.why !== 'transport') return this.#end(end);
      // A far side without TCP gets the large request as a datagram all the same.
      this.#parts.outside.after(0, () => {
        if (this.#state === 'calling') this.#request(draft, hop, (last) => this.#end(last));
      });
    });
  }

  #request(draft: RequestDraft, hop: Hop, failed: (end: CallEnd) => void): void {
    this.#invite = this.#parts.transactions.request(draft, hop, {
      answer: (response) => this.#hearAnswer(response),
      failed: (why, reason) => failed({ why, status: null, reason }),
    });
  }

  #hearAnswer(response: SipResponse): void {
    const { status, body } = response;
    if (status >= 300) return this.#hearRefusal(response);
    if (status >= 200) return this.hearAcceptance(response);
    if (!this.#has_progress) {
      this.#has_progress = true;
      this.#cancelTry();
      if (this.#is_canceled) this.#sendCancel();
    }
    if (status > 100) this.#parts.events.progress(status, body.length > 0 ? body : null);
  }

  #hearRefusal(response: SipResponse): void {
    const { status } = response;
    if (this.#is_canceled) return this.#end({ why: 'canceled', status, reason: null });
    if ((status === 401 || status === 407) && this.#authorize(response)) return this.#sendInvite();
    // An answer from 300 on ends the call. Where a redirection leads, nobody here allowed.
    const reason = headerOf(response, 'reason');
    this.#end({ why: 'refused', status, reason, ...retryOf(response) });
  }

  /** Prepares the credentials for a challenge; false when they were tried or there are none. */
  #authorize(response: SipResponse): boolean {
    const is_proxy = response.status === 407;
    const key = is_proxy ? 'proxy-authenticate' : 'www-authenticate';
    const name = is_proxy ? 'Proxy-Authorization' : 'Authorization';
    const [challenge] = readChallenges(headersOf(response, key).map((one) => one.value));
    const { credentials, uri } = this.#wanted;
    const was_tried = this.#authorization.some((one) => one.key === name.toLowerCase());
    if (!challenge || !credentials || (was_tried && !challenge.is_stale)) return false;
    this.#challenges += 1;
    if (this.#challenges > MAX_CHALLENGES) return false;
    const body = Buffer.from(this.#parts.media.offer() ?? '');
    const cnonce = this.#parts.outside.token();
    const about = { method: 'INVITE', uri, body, count: 1, cnonce };
    const value = answerChallenge(challenge, credentials, about);
    this.#authorization = withHeader(this.#authorization, name, value);
    return true;
  }

  #sendCancel(): void {
    const invite = this.#invite;
    if (!invite) return;
    const branch = branchOf(invite.request);
    const events = { answer: () => {}, failed: () => {} };
    this.#parts.transactions.request(cancelOf(invite.request), invite.hop, events, branch);
    // A far side of RFC 2543 may never answer the INVITE (RFC 3261 §9.1).
    this.#parts.outside.after(TIMEOUT_MS, () => {
      if (this.#state !== 'calling') return;
      invite.stop();
      this.#end({ why: 'canceled', status: null, reason: null });
    });
  }

  /** Our answer to an offer that came with the acceptance, for its ACK (RFC 3261 §13.2.1). */
  #answerTo(response: SipResponse): string | null {
    const is_offer = this.#parts.media.offer() === null && response.body.length > 0;
    return is_offer ? this.#parts.media.answer(response.body) : null;
  }

  #acknowledge(dialog: Dialog, answer: string | null): Promise<SentAck> {
    const bare = requestWithin(dialog, 'ACK', dialog.local_cseq);
    const typed = answer === null ? [] : [header('Content-Type', SDP_TYPE)];
    // RFC 3261 §22.1: the ACK has the credentials of its INVITE.
    const headers = [...bare.headers, ...this.#authorization, ...typed];
    const draft = { ...bare, headers, body: answer === null ? NO_BODY : Buffer.from(answer) };
    const sent = this.#hopOf(dialog).then((hop) => ({
      draft,
      hop,
      branch: this.#parts.transactions.viaOf(hop).parameters.get('branch') ?? '',
    }));
    void sent.then((one) => this.#sendAlone(one));
    return sent;
  }

  /** The same ACK once more, for a repeated 2xx. */
  async #sendAck(): Promise<void> {
    if (this.#ack) this.#sendAlone(await this.#ack);
  }

  #sendAlone({ draft, hop, branch }: SentAck): void {
    const { transactions } = this.#parts;
    transactions.sendAlone(draft, hop, transactions.viaOf(hop, branch));
  }

  async #hopOf(dialog: Dialog): Promise<Hop> {
    return (await this.#parts.locate(nextAddressOf(dialog))) ?? this.#wanted.hop;
  }

  async #bye(): Promise<void> {
    if (this.#ack) await this.#ack;
    if (this.#dialog) this.#dialog = await this.#byeOf(this.#dialog);
  }

  async #byeOf(dialog: Dialog): Promise<Dialog> {
    const next = nextRequest(dialog, 'BYE');
    const hop = await this.#hopOf(dialog);
    this.#parts.transactions.request(next.draft, hop, { answer: () => {}, failed: () => {} });
    return next.dialog;
  }

  /** A re-INVITE: with an offer it is answered, without one we offer again. */
  #answerAgain(transaction: ServerTransaction, request: SipRequest): void {
    const { media, wire } = this.#parts;
    const sdp = request.body.length > 0 ? media.answer(request.body) : media.offer();
    // Another one is not acknowledged yet (RFC 3261 §14.2).
    if (this.#reinvite) return this.#respond(transaction, 491);
    if (sdp === null) return this.#respond(transaction, 488);
    const { hop, user } = this.#wanted;
    const at = wire.addressOf(hop.transport);
    const headers = [
      header('Contact', `<${contactUri(user, at, hop.transport)}>`),
      header('Content-Type', SDP_TYPE),
      ...allowHeaders(),
    ];
    const parts = { tag: this.local_tag, headers, body: Buffer.from(sdp) };
    this.#reinvite = transaction;
    transaction.respond(answerTo(request, 200, parts));
  }

  #respond(transaction: ServerTransaction, status: number): void {
    transaction.respond(answerTo(transaction.request, status, { tag: this.local_tag }));
  }

  #end(end: CallEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#cancelTry();
    this.#parts.events.ended(end);
    // Repeats of the acceptance still want their ACK.
    this.#parts.outside.after(TIMEOUT_MS, this.#parts.forgotten);
  }
}
