import {
  type CallEnd,
  type CallEvents,
  type CallMedia,
  type CallWanted,
  callName,
  callOfAnswer,
} from './call.ts';
import { type Dialog, nextAddressOf, nextRequest } from './dialog.ts';
import { tagOf } from './fields.ts';
import { Flood } from './flood.ts';
import { header, headerOf } from './headers.ts';
import { IncomingCall } from './incoming-call.ts';
import type { SipMessage, SipRequest, SipResponse } from './message.ts';
import { type Asked, askOptions } from './options.ts';
import { OutgoingCall } from './outgoing-call.ts';
import type { Hop, SipOutside, Source } from './outside.ts';
import { allowHeaders, refuseRequest } from './refuse-request.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { RETRY_AFTER, Transactions } from './transactions.ts';
import { Transport, type TransportSettings } from './transport.ts';
import { answerTo } from './write-message.ts';

/** The longest wait for answers before the addresses close. */
const FINISH_MS = 2_000;

export interface AgentSettings extends TransportSettings {
  /** The most calls at once, ended ones that still hear repeats included. */
  readonly max_calls: number;
}

export interface AgentParts {
  readonly outside: SipOutside;
  /** Finds the hop of an address within a dialog; null when it leads nowhere that is allowed. */
  readonly locate: (uri: string) => Promise<Hop | null>;
  /**
   * Takes a call which comes in, or refuses it. It never rejects.
   * @returns the status of the refusal; null: it takes care of the call
   */
  readonly invited: (call: IncomingCall) => Promise<number | null>;
}

/** A call within its dialog. */
interface InDialog {
  hearRequest(transaction: ServerTransaction): void;
  hearAck(request: SipRequest): void;
  /** A 2xx to an INVITE of ours. */
  hearAcceptance?(response: SipResponse): void;
}

/** The refusals of callers that are not known, or that call what is not here. */
const STRANGERS = new Set([403, 404]);

/** The user agent of one carrier. */
export class SipAgent {
  readonly #settings: AgentSettings;
  readonly #parts: AgentParts;
  readonly #calls = new Map<string, InDialog>();
  readonly #incoming = new WeakMap<ServerTransaction, IncomingCall>();
  readonly #flood: Flood;
  #isDraining = false;
  #transport: Transport | null = null;
  #transactions: Transactions | null = null;

  private constructor(settings: AgentSettings, parts: AgentParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#flood = new Flood(parts.outside.now);
  }

  static async open(settings: AgentSettings, parts: AgentParts): Promise<SipAgent> {
    const agent = new SipAgent(settings, parts);
    const transport = await Transport.open(settings, parts.outside, {
      message: (message, source) => agent.#hear(message, source),
    });
    agent.#transport = transport;
    agent.#transactions = new Transactions(transport, parts.outside, {
      request: (transaction) => agent.#serve(transaction),
      ack: (request) => agent.#hearAck(request),
      stray: (response) => agent.#calls.get(callOfAnswer(response))?.hearAcceptance?.(response),
      admits: ({ address }) => !agent.#isDraining && agent.#flood.admits(address),
      unacknowledged: (one) => agent.#incoming.get(one)?.unacknowledged(one),
    });
    return agent;
  }

  /** Calls under way, and ended ones that still hear repeats. */
  get calls(): number {
    return this.#calls.size;
  }

  /** Makes a call; null above the limit. */
  call(wanted: CallWanted, media: CallMedia, events: CallEvents): OutgoingCall | null {
    const [wire, transactions] = [this.#transport, this.#transactions];
    if (!wire || !transactions || this.#calls.size >= this.#settings.max_calls) return null;
    const { outside, locate } = this.#parts;
    const call: OutgoingCall = new OutgoingCall(wanted, {
      wire,
      outside,
      transactions,
      locate,
      media,
      events,
      forgotten: () => this.#calls.delete(callName(call.call_id, call.local_tag)),
    });
    this.#calls.set(callName(call.call_id, call.local_tag), call);
    call.start();
    return call;
  }

  /** Asks whether an address takes calls. @returns the failure; null for an answer */
  async ask(asked: Asked): Promise<CallEnd | null> {
    const [wire, transactions] = [this.#transport, this.#transactions];
    if (!wire || !transactions) {
      return { why: 'transport', status: null, reason: 'The carrier is closed' };
    }
    return askOptions(asked, { wire, transactions, outside: this.#parts.outside });
  }

  /** The address that others reach, of the first transport. */
  get address(): { readonly host: string; readonly port: number } {
    const [{ transport } = { transport: 'udp' as const }] = this.#settings.listen;
    return this.#transport?.addressOf(transport) ?? { host: '', port: 0 };
  }

  /** Ends a dialog of a process that died. Where it leads nowhere, nothing is sent. */
  async endDialog(dialog: Dialog): Promise<void> {
    const hop = await this.#parts.locate(nextAddressOf(dialog));
    if (!hop) return;
    const { draft } = nextRequest(dialog, 'BYE');
    this.#transactions?.request(draft, hop, { answer: () => {}, failed: () => {} });
  }

  /** Takes no more calls that come in; those under way go on. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Waits a moment for the answers to requests under way, such as BYE, and closes. */
  async finish(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#parts.outside.after(FINISH_MS, resolve);
    // A BYE may still look for its hop.
    await new Promise((done) => setImmediate(done));
    await Promise.race([this.#transactions?.settled(), promise]);
    cancel();
    this.close();
  }

  close(): void {
    this.#transactions?.stop();
    this.#transport?.close();
    this.#transactions = null;
    this.#transport = null;
  }

  #hear(message: SipMessage, source: Source): void {
    this.#transactions?.hear(message, source);
  }

  #serve(transaction: ServerTransaction): void {
    const { request } = transaction;
    const refusal = refuseRequest(request);
    if (refusal) return this.#respond(transaction, refusal.status, refusal);
    if (request.method === 'CANCEL') return this.#serveCancel(transaction);
    const local_tag = tagOf(request.to);
    if (local_tag !== null) {
      const call = this.#calls.get(callName(request.call_id, local_tag));
      if (!call) return this.#respond(transaction, 481);
      call.hearRequest(transaction);
    } else if (this.#transactions?.isMerged(transaction)) {
      this.#respond(transaction, 482);
    } else if (request.method === 'OPTIONS') {
      this.#respond(transaction, 200, { headers: allowHeaders() });
    } else if (request.method === 'INVITE') {
      void this.#invite(transaction);
    } else {
      this.#respond(transaction, 481);
    }
  }

  async #invite(transaction: ServerTransaction): Promise<void> {
    const [wire, transactions] = [this.#transport, this.#transactions];
    if (!wire || !transactions || this.#calls.size >= this.#settings.max_calls) {
      const headers = [header('Retry-After', String(RETRY_AFTER))];
      return this.#respond(transaction, 503, { headers });
    }
    const { outside, locate, invited } = this.#parts;
    const name = (call: IncomingCall) => callName(call.request.call_id, call.local_tag);
    const forgotten = () => call && this.#calls.delete(name(call));
    const parts = { wire, outside, transactions, locate, forgotten };
    const call = IncomingCall.take(transaction, parts);
    if (!call) return this.#respond(transaction, 400, { phrase: 'Contact is missing' });
    this.#calls.set(name(call), call);
    this.#incoming.set(transaction, call);
    call.tell(100);
    const status = await invited(call);
    if (status === null) return;
    if (STRANGERS.has(status)) this.#flood.refused(transaction.source.address);
    call.reject(status, status === 503 ? [header('Retry-After', String(RETRY_AFTER))] : []);
    this.#calls.delete(name(call));
  }

  #serveCancel(transaction: ServerTransaction): void {
    const { request } = transaction;
    const invite = this.#transactions?.inviteOf(request);
    this.#respond(transaction, invite ? 200 : 481);
    if (invite) this.#incoming.get(invite)?.hearCancel(headerOf(request, 'reason'));
  }

  #hearAck(request: SipRequest): void {
    this.#calls.get(callName(request.call_id, tagOf(request.to)))?.hearAck(request);
  }

  #respond(
    transaction: ServerTransaction,
    status: number,
    more: Partial<Parameters<typeof answerTo>[2]> = {},
  ): void {
    const tag = this.#parts.outside.token();
    transaction.respond(answerTo(transaction.request, status, { tag, ...more }));
  }
}
