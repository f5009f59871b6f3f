import { Authorization } from './authorization.ts';
import { sendBye } from './bye.ts';
import { type CallEnd, type CallParts, type CallWanted, retryOf } from './call.ts';
import { type ClientTransaction, cancelOf } from './client-transaction.ts';
import {
  afterRequest,
  contactUri,
  type Dialog,
  dialogOfAnswer,
  nextAddressOf,
  requestWithin,
} from './dialog.ts';
import { header, headerOf } from './headers.ts';
import { branchOf, inviteOf } from './invite.ts';
import { tellKey } from './key-info.ts';
import { NO_BODY, type RequestDraft, type SipRequest, type SipResponse } from './message.ts';
import { type Hop, TIMEOUT_MS } from './outside.ts';
import { acceptAgain, refreshOf } from './refresh.ts';
import { SDP_TYPE } from './refuse-request.ts';
import { requestBySize } from './request-by-size.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { demandedSeconds, SessionTimer, sessionHeaders } from './session-timer.ts';
import { answerTo } from './write-message.ts';

/** An ACK that goes again for each repeat of its acceptance. */
interface SentAck {
  readonly draft: RequestDraft;
  readonly hop: Hop;
  readonly branch: string;
}

/** A call that this side makes (RFC 3261 §13.2). */
export class OutgoingCall {
  readonly call_id: string;
  readonly local_tag: string;
  readonly #wanted: CallWanted;
  readonly #parts: CallParts;
  #state: 'calling' | 'answered' | 'ended' = 'calling';
  #cseq = 0;
  #invite: ClientTransaction | null = null;
  #is_canceled = false;
  #has_progress = false;
  #dialog: Dialog | null = null;
  #ack: Promise<SentAck> | null = null;
  #cancelTry: () => void = () => {};
  readonly #authorization = new Authorization();
  #reinvite: ServerTransaction | null = null;
  #session_seconds: number | null = null;
  readonly #session: SessionTimer;

  constructor(wanted: CallWanted, parts: CallParts) {
    this.#wanted = wanted;
    this.#parts = parts;
    this.call_id = parts.outside.token();
    this.local_tag = parts.outside.token();
    this.#session = new SessionTimer({
      outside: parts.outside,
      refresh: (seconds) => void this.#refresh(seconds),
      expired: () => this.#expire(),
    });
  }

  /** The dialog as text, with which another process can end this call; null before an answer. */
  get dialog(): Dialog | null {
    return this.#dialog;
  }

  start(): void {
    this.#cancelTry = this.#parts.outside.after(this.#wanted.try_ms, () => {
      if (this.#has_progress || this.#state !== 'calling') return;
      this.#is_canceled = true;
      this.#invite?.hush();
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
    this.#session.heard(response, { is_ours: true });
    this.#parts.events.answered(response.body.length > 0 ? response.body : null);
  }

  /** A request of the far side within the dialog. */
  hearRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.#dialog && afterRequest(this.#dialog, request);
    if (!dialog) return this.#respond(transaction, this.#dialog ? 500 : 481);
    this.#dialog = dialog;
    if (request.method === 'INVITE' || request.method === 'UPDATE') {
      return this.#answerAgain(transaction, request);
    }
    this.#respond(transaction, 200);
    tellKey(request, this.#parts.events);
    if (request.method === 'BYE') {
      this.#end({ why: 'far-side', status: null, reason: headerOf(request, 'reason') });
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
      authorization: [...this.#authorization.headers, ...sessionHeaders(this.#session_seconds)],
      offer,
    });
    this.#has_progress = false;
    requestBySize(draft, hop, this.#parts, {
      sent: (invite) => {
        this.#invite = invite;
      },
      isOver: () => this.#state !== 'calling',
      answer: (response) => this.#hearAnswer(response),
      failed: (why, reason) => this.#end({ why, status: null, reason }),
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
    if (status === 100 || this.#state !== 'calling') return;
    this.#parts.events.progress(status, body.length > 0 ? body : null);
  }

  #hearRefusal(response: SipResponse): void {
    const { status } = response;
    if (this.#is_canceled) return this.#end({ why: 'canceled', status, reason: null });
    const demanded = status === 422 ? demandedSeconds(response, this.#session_seconds) : null;
    if (demanded !== null) {
      this.#session_seconds = demanded;
      return this.#sendInvite();
    }
    if ((status === 401 || status === 407) && this.#authorize(response)) return this.#sendInvite();
    // An answer from 300 on ends the call. Where a redirection leads, nobody here allowed.
    const reason = headerOf(response, 'reason');
    this.#end({ why: 'refused', status, reason, ...retryOf(response) });
  }

  #authorize(response: SipResponse): boolean {
    const { credentials, uri } = this.#wanted;
    const body = Buffer.from(this.#parts.media.offer() ?? '');
    const about = { method: 'INVITE', uri, body, credentials, cnonce: this.#parts.outside.token() };
    return this.#authorization.prepare(response, about);
  }

  #sendCancel(): void {
    const invite = this.#invite;
    if (!invite) return;
    const branch = branchOf(invite.request);
    const events = { answer: () => {}, failed: () => {} };
    this.#parts.transactions.request(cancelOf(invite.request), invite.hop, events, branch);
    // A far side of RFC 2543 may never answer the INVITE (RFC 3261 §9.1).
    this.#parts.outside.after(TIMEOUT_MS, () => {
      if (this.#state === 'answered') return;
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
    const headers = [...bare.headers, ...this.#authorization.headers, ...typed];
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
    const hop = await this.#hopOf(dialog);
    const { transactions, outside } = this.#parts;
    return sendBye(dialog, hop, { transactions, token: outside.token, ...this.#wanted });
  }

  /** A re-INVITE or UPDATE: an offer is answered; a re-INVITE without one gets ours. */
  #answerAgain(transaction: ServerTransaction, request: SipRequest): void {
    const { media } = this.#parts;
    const [isOffer, isInvite] = [request.body.length > 0, request.method === 'INVITE'];
    // Another one is not acknowledged yet (RFC 3261 §14.2).
    if (this.#reinvite && (isInvite || isOffer)) return this.#respond(transaction, 491);
    const sdp = isOffer ? media.answer(request.body) : isInvite ? media.offer() : null;
    if (sdp === null && (isInvite || isOffer)) return this.#respond(transaction, 488);
    this.#session.heard(request, { is_ours: false });
    if (isInvite) this.#reinvite = transaction;
    const shown = { tag: this.local_tag, contact: this.#contact, sdp };
    transaction.respond(acceptAgain(request, shown));
  }

  get #contact(): string {
    const { hop, user } = this.#wanted;
    return contactUri(user, this.#parts.wire.addressOf(hop.transport), hop.transport);
  }

  async #refresh(seconds: number): Promise<void> {
    if (!this.#dialog) return;
    const { dialog, draft } = refreshOf(this.#dialog, this.#contact, seconds);
    this.#dialog = dialog;
    this.#parts.transactions.request(draft, await this.#hopOf(dialog), {
      answer: (response) => this.#session.refreshed(response),
      failed: () => this.#expire(),
    });
  }

  #expire(): void {
    if (this.#state !== 'answered') return;
    void this.#bye();
    this.#end({ why: 'far-side', status: null, reason: 'No sign of life came in time' });
  }

  #respond(transaction: ServerTransaction, status: number): void {
    transaction.respond(answerTo(transaction.request, status, { tag: this.local_tag }));
  }

  #end(end: CallEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#session.stop();
    this.#cancelTry();
    this.#parts.events.ended(end);
    // Repeats of the acceptance still want their ACK.
    this.#parts.outside.after(TIMEOUT_MS, this.#parts.forgotten);
  }
}
