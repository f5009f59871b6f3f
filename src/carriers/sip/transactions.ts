import { type ClientEvents, ClientTransaction } from './client-transaction.ts';
import { type Via, writeVia } from './fields.ts';
import type { RequestDraft, SipMessage, SipRequest, SipResponse } from './message.ts';
import { COOKIE, type Hop, type SipOutside, type Source, type Wire } from './outside.ts';
import { ServerTransaction } from './server-transaction.ts';
import { answerTo, writeMessage } from './write-message.ts';

/** The events by which the user agent hears of requests. */
export interface RequestEvents {
  /** A new request. Repeats do not come here. */
  request(transaction: ServerTransaction): void;
  /** An ACK of a 2xx, which has no transaction of its own. */
  ack(request: SipRequest): void;
  /** A 2xx to INVITE whose transaction is over. */
  stray(response: SipResponse): void;
  /** Whether a new INVITE is served; one that is not gets 503. Absent: each one is. */
  admits?(source: Source): boolean;
  /** Nobody acknowledged the last answer to an INVITE. */
  unacknowledged(transaction: ServerTransaction): void;
}

/** The most transactions of each side, ended ones that still hear repeats included. */
const MAX_TRANSACTIONS = 50_000;
/** Seconds after which a caller that was refused for too many requests may come again. */
export const RETRY_AFTER = 5;

/** All transactions of one user agent (RFC 3261 §17). */
export class Transactions {
  readonly #wire: Wire;
  readonly #outside: SipOutside;
  readonly #events: RequestEvents;
  readonly #limit: number;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** The first server transaction of each request outside of a dialog, by what its copies share. */
  readonly #firsts = new Map<string, ServerTransaction>();
  /** Requests without a final answer, beside INVITE. */
  readonly #asking = new Set<string>();
  #settled: (() => void) | null = null;

  constructor(wire: Wire, outside: SipOutside, events: RequestEvents, limit = MAX_TRANSACTIONS) {
    this.#wire = wire;
    this.#outside = outside;
    this.#events = events;
    this.#limit = limit;
  }

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** The Via of a new request; `branch` is given for CANCEL only, which has that of its INVITE. */
  viaOf({ transport }: Hop, branch = `${COOKIE}${this.#outside.token()}`): Via {
    const parameters = new Map([
      ['branch', branch],
      ['rport', ''],
    ]);
    return { transport: transport.toUpperCase(), ...this.#wire.addressOf(transport), parameters };
  }

  /** Sends a request. Above the limit it fails at once, as when there were no transport. */
  request(draft: RequestDraft, hop: Hop, events: ClientEvents, branch?: string): ClientTransaction {
    const via = this.viaOf(hop, branch);
    const key = clientKey(via, draft.method);
    const transaction = new ClientTransaction(draft, {
      wire: this.#wire,
      outside: this.#outside,
      hop,
      via,
      events: {
        answer: (response) => {
          events.answer(response);
          if (response.status >= 200) this.#answered(key);
        },
        failed: events.failed.bind(events),
      },
      ended: () => {
        this.#clients.delete(key);
        this.#answered(key);
      },
    });
    if (this.#clients.size >= this.#limit) {
      transaction.stop();
      this.#outside.after(0, () => events.failed('transport', 'Too many requests are under way'));
      return transaction;
    }
    this.#clients.set(key, transaction);
    if (draft.method !== 'INVITE') this.#asking.add(key);
    transaction.start();
    return transaction;
  }

  /** Resolves when every request beside INVITE has its final answer, or can have none. */
  settled(): Promise<void> {
    if (this.#asking.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settled = resolve;
    });
  }

  #answered(key: string): void {
    if (this.#asking.delete(key) && this.#asking.size === 0) this.#settled?.();
  }

  /** Sends a request that has no answer: the ACK of a 2xx. */
  sendAlone(draft: RequestDraft, hop: Hop, via: Via): void {
    const octets = writeMessage({
      ...draft,
      headers: [{ key: 'via', name: 'Via', value: writeVia(via) }, ...draft.headers],
    });
    this.#wire.send(octets, hop, () => {});
  }

  hear(message: SipMessage, source: Source): void {
    if (message.is === 'response') this.#hearResponse(message);
    else this.#hearRequest(message, source);
  }

  /** The INVITE that a CANCEL means (RFC 3261 §9.2). */
  inviteOf(cancel: SipRequest): ServerTransaction | null {
    return this.#servers.get(serverKey(cancel, 'INVITE')) ?? null;
  }

  /** Whether a request came by another way before, as copies of a fork do (RFC 3261 §8.2.2.2). */
  isMerged(transaction: ServerTransaction): boolean {
    return (this.#firsts.get(copyKey(transaction.request)) ?? transaction) !== transaction;
  }

  stop(): void {
    for (const transaction of this.#clients.values()) transaction.stop();
    for (const transaction of this.#servers.values()) transaction.stop();
  }

  #hearResponse(response: SipResponse): void {
    const transaction = this.#clients.get(clientKey(response.vias[0], response.cseq.method));
    if (transaction) return transaction.hear(response);
    const is_acceptance = response.status >= 200 && response.status < 300;
    if (is_acceptance && response.cseq.method === 'INVITE') this.#events.stray(response);
  }

  #hearRequest(request: SipRequest, source: Source): void {
    const key = serverKey(request, request.method === 'ACK' ? 'INVITE' : request.method);
    const known = this.#servers.get(key);
    if (request.method === 'ACK') {
      if (known && known.state !== 'accepted') return known.acknowledge();
      return this.#events.ack(request);
    }
    if (known) return known.repeat();
    if (this.#servers.size >= this.#limit || !this.#admits(request, source)) {
      return this.#refuse(request, source);
    }
    const copy = copyKey(request);
    const transaction: ServerTransaction = new ServerTransaction(request, {
      wire: this.#wire,
      outside: this.#outside,
      source,
      unacknowledged: () => this.#events.unacknowledged(transaction),
      ended: () => {
        this.#servers.delete(key);
        if (this.#firsts.get(copy) === transaction) this.#firsts.delete(copy);
      },
    });
    this.#servers.set(key, transaction);
    if (!this.#firsts.has(copy)) this.#firsts.set(copy, transaction);
    this.#events.request(transaction);
  }

  #admits({ method, to }: SipRequest, source: Source): boolean {
    if (method !== 'INVITE' || to.parameters.has('tag')) return true;
    return this.#events.admits?.(source) ?? true;
  }

  /** Answers without a transaction, so a flood costs no memory. */
  #refuse(request: SipRequest, source: Source): void {
    const headers = [{ key: 'retry-after', name: 'Retry-After', value: String(RETRY_AFTER) }];
    const answer = answerTo(request, 503, { tag: this.#outside.token(), headers });
    this.#wire.answer(writeMessage(answer), source);
  }
}

function clientKey(via: Via, method: string): string {
  return `${via.parameters.get('branch') ?? ''} ${method}`;
}

/** RFC 3261 §17.2.3, with the fields of RFC 2543 for a branch without the magic cookie. */
function serverKey(request: SipRequest, method: string): string {
  const [via] = request.vias;
  const branch = via.parameters.get('branch') ?? '';
  const by = `${via.host}:${via.port ?? ''}`;
  if (branch.startsWith(COOKIE) && branch !== COOKIE) return `${branch} ${by} ${method}`;
  const { call_id, cseq, from } = request;
  const tag = from.parameters.get('tag') ?? '';
  return JSON.stringify([call_id, cseq.number, method, tag, request.uri, branch, by]);
}

/** The parts that the copies of one request share (RFC 3261 §8.2.2.2). */
function copyKey({ call_id, cseq, from }: SipRequest): string {
  return JSON.stringify([call_id, cseq.number, cseq.method, from.parameters.get('tag') ?? '']);
}
