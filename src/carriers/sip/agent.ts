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
import type { SipMessage, SipRequest } from './message.ts';
import { type Asked, askOptions } from './options.ts';
import { OutgoingCall } from './outgoing-call.ts';
import type { Hop, SipOutside, Source } from './outside.ts';
import { allowHeaders, refuseRequest } from './refuse-request.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { Transactions } from './transactions.ts';
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
  /** The status that refuses a call which comes in. */
  readonly refuseCall: (request: SipRequest, source: Source) => number;
}

/** The user agent of one carrier. */
export class SipAgent {
  readonly #settings: AgentSettings;
  readonly #parts: AgentParts;
  readonly #calls = new Map<string, OutgoingCall>();
  #transport: Transport | null = null;
  #transactions: Transactions | null = null;

  private constructor(settings: AgentSettings, parts: AgentParts) {
    this.#settings = settings;
    this.#parts = parts;
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
      stray: (response) => agent.#calls.get(callOfAnswer(response))?.hearAcceptance(response),
      unacknowledged: () => {},
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
    const { request, source } = transaction;
    const refusal = refuseRequest(request);
    if (refusal) return this.#respond(transaction, refusal.status, refusal);
    if (request.method === 'CANCEL') return this.#serveCancel(transaction);
    const local_tag = tagOf(request.to);
    if (local_tag !== null) {
      const call = this.#calls.get(callName(request.call_id, local_tag));
      if (call) call.hearRequest(transaction);
      else this.#respond(transaction, 481);
    } else if (this.#transactions?.isMerged(transaction)) {
      this.#respond(transaction, 482);
    } else if (request.method === 'OPTIONS') {
      this.#respond(transaction, 200, { headers: allowHeaders() });
    } else if (request.method === 'INVITE') {
      this.#respond(transaction, this.#parts.refuseCall(request, source));
    } else {
      this.#respond(transaction, 481);
    }
  }

  /** A call that comes is answered at once, so there is never one left to cancel. */
  #serveCancel(transaction: ServerTransaction): void {
    const invite = this.#transactions?.inviteOf(transaction.request);
    this.#respond(transaction, invite ? 200 : 481);
  }

  #hearAck(request: SipRequest): void {
    this.#calls.get(callName(request.call_id, tagOf(request.to)))?.hearAck();
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
