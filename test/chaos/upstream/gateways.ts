import { setTimeout as sleep } from 'node:timers/promises';
import { toWire } from '../../../src/carriers/smpp/address.ts';
import { openCentre, receiptOf } from '../../carriers/smpp/centre.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';

/** A far side that never dies. It reports what it takes, and repeats until it is acknowledged. */
export interface Gateway extends AsyncDisposable {
  /** The carrier `far` in the operator's file. */
  readonly fields: string;
  /** How many times it took each text. */
  readonly taken: ReadonlyMap<string, number>;
  /** Whether its reports name the message even when its answer was lost. */
  readonly reports_name_us: boolean;
  /** Whether a message that it brings in again is known by its id. */
  readonly has_ids: boolean;
  /** Brings a message in. */
  bring(message: Arriving): Promise<void>;
  /** Resolves when every report is acknowledged. */
  settled(): Promise<void>;
}

interface Arriving {
  readonly from: string;
  readonly to: string;
  readonly body: string;
}

export const SECRET = 'a-word-of-sixteen-letters';
const PAUSE_MS = 200;
/** The longest wait for an acknowledgement, after which the far side repeats itself. */
const PATIENCE_MS = 10_000;

/** The messages that a gateway took, and the reports that are not acknowledged yet. */
class Book {
  readonly taken = new Map<string, number>();
  readonly #reports: Promise<void>[] = [];

  take(body: string, report: () => Promise<boolean>): void {
    this.taken.set(body, (this.taken.get(body) ?? 0) + 1);
    this.#reports.push(insist(report));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#reports);
  }
}

/** Asks until the server acknowledges. A killed one does not. */
async function insist(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask().catch(() => false))) await sleep(PAUSE_MS);
}

async function isTaken(url: string, init: RequestInit = {}): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const reply = await fetch(url, { ...init, signal });
  await reply.body?.cancel();
  return reply.status === 200;
}

/** The gateways, each for a server at an address. */
export const GATEWAYS: Readonly<Record<string, (near: string) => Promise<Gateway>>> = {
  http: async (near) => {
    const book = new Book();
    const tell = (event: unknown) =>
      isTaken(`${near}/_carrier/far/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events: [event] }),
      });
    const far = await webhookReceiver(({ body }) => {
      const { sid, body: text } = JSON.parse(body) as Record<string, string>;
      book.take(text ?? '', () => tell({ type: 'receipt', sid, state: 'delivered' }));
      return { status: 202 };
    });
    return {
      fields: `kind: http, url: "${far.origin}/in", secret: env:SECRET, events_token: env:SECRET`,
      taken: book.taken,
      reports_name_us: true,
      has_ids: true,
      bring: (message) => insist(() => tell({ type: 'message', id: message.body, ...message })),
      settled: () => book.settled(),
      [Symbol.asyncDispose]: () => far[Symbol.asyncDispose](),
    };
  },
  kannel: async (near) => {
    const book = new Book();
    const far = await webhookReceiver(({ url }) => {
      const fields = new URL(url).searchParams;
      const report = (fields.get('dlr-url') ?? '').replace('%d', '1').replace('%A', '');
      book.take(fields.get('text') ?? '', () => isTaken(report));
      return { status: 202, body: '0: Accepted for delivery' };
    });
    return {
      fields: `kind: kannel, url: "${far.origin}/in", username: t, password: env:SECRET, secret: env:SECRET`,
      taken: book.taken,
      reports_name_us: true,
      has_ids: true,
      bring({ from, to, body }) {
        const query = new URLSearchParams({ key: SECRET, from, to, id: body, text: body });
        return insist(() => isTaken(`${near}/_carrier/far/in?${query.toString()}`));
      },
      settled: () => book.settled(),
      [Symbol.asyncDispose]: () => far[Symbol.asyncDispose](),
    };
  },
  smpp: async () => {
    const book = new Book();
    const deliver = async (pdu: Parameters<typeof centre.deliver>[0]) =>
      (await Promise.race([centre.deliver(pdu), sleep(PATIENCE_MS)])) === 0;
    const centre = await openCentre((submit, index) => {
      const text = submit.short_message.toString('latin1');
      book.take(text, () => deliver(receiptOf(index, 'DELIVRD')));
      return {};
    });
    const { port } = centre;
    return {
      fields: `kind: smpp, host: 127.0.0.1, port: ${port}, system_id: t, password: env:PASSWORD, ids: resp-hex, window: 50, rate: 1000`,
      taken: book.taken,
      reports_name_us: false,
      has_ids: false,
      bring({ from, to, body }) {
        const fields = {
          source_addr: toWire(from).address,
          destination_addr: toWire(to).address,
        };
        return insist(() => deliver({ fields, short_message: Buffer.from(body) }));
      },
      settled: () => book.settled(),
      [Symbol.asyncDispose]: () => centre[Symbol.asyncDispose](),
    };
  },
};
