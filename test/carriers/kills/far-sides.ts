import assert from 'node:assert/strict';
import { toWire } from '../../../src/carriers/smpp/address.ts';
import { OURS, receive, THEIRS } from '../../support/messages.ts';
import type { Reply, TestApp } from '../../support/test-app.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';
import {
  httpFarSide,
  kannelFarSide,
  SECRET,
  smppFarSide,
  TOKEN,
  upstreamOf,
} from '../carrier-kinds.ts';
import { receiptOf } from '../smpp/centre.ts';
import type { House } from './house.ts';

/** The other end of a wire. It speaks to whichever process lives. */
export interface FarSide extends AsyncDisposable {
  /** Opens the carrier in a process that takes the place of another one. */
  readonly carry: (process: TestApp) => Promise<void> | void;
  /** The messages that it took. */
  readonly taken: () => Promise<number>;
  /** Takes messages from now on and never answers. The promise resolves when it has one. */
  readonly hold: () => Promise<void>;
  /** Sends the receipt of what it took, and repeats it until it is acknowledged. */
  readonly report: () => Promise<void>;
  /** Brings a message in, and repeats it until it is acknowledged. */
  readonly bring: (body: string) => Promise<void>;
}

const never = () => new Promise<never>(() => {});

/** The part that a far side keeps back. */
class Gate {
  #isShut = false;
  readonly #came = Promise.withResolvers<void>();

  readonly hold = (): Promise<void> => {
    this.#isShut = true;
    return this.#came.promise;
  };

  async pass<T>(answer: T): Promise<T> {
    if (!this.#isShut) return answer;
    this.#came.resolve();
    return never();
  }
}

/** Asks again and again until a process acknowledges. */
async function insist(house: House, ask: () => Promise<boolean>): Promise<void> {
  if (await ask()) return;
  await house.revived;
  assert.equal(await ask(), true);
}

/** Every kind of carrier with a wire. */
export const FAR_SIDES: Readonly<Record<string, (house: House) => Promise<FarSide>>> = {
  http: async (house) => {
    const gate = new Gate();
    const far = await httpFarSide(house.process, () => gate.pass({ status: 202 }));
    const tell = (event: unknown) =>
      insist(house, async () => {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const sent = { body: { events: [event] }, headers };
        const reply = await house.call('POST', '/_carrier/far/events', sent);
        return reply?.status === 200;
      });
    return {
      ...far,
      taken: async () => far.received.length,
      hold: gate.hold,
      async report() {
        for (const { body } of far.received) {
          const { sid } = JSON.parse(body);
          await tell({ type: 'receipt', sid, state: 'delivered' });
        }
      },
      bring: (body) => tell({ type: 'message', id: 'in-1', from: THEIRS, to: OURS, body }),
    };
  },
  kannel: async (house) => {
    const gate = new Gate();
    const far = await kannelFarSide(house.process, () =>
      gate.pass({ status: 202, body: '0: Accepted for delivery' }),
    );
    const call = (path: string) =>
      insist(house, async () => (await house.call('GET', path))?.status === 200);
    return {
      ...far,
      taken: async () => far.received.length,
      hold: gate.hold,
      async report() {
        for (const { url } of far.received) {
          const reports = new URL(url).searchParams.get('dlr-url') ?? '';
          const { pathname, search } = new URL(reports.replace('%d', '1').replace('%A', ''));
          await call(pathname + search);
        }
      },
      bring: (text) => {
        const query = new URLSearchParams({ key: SECRET, from: THEIRS, to: OURS, id: '1', text });
        return call(`/_carrier/far/in?${query.toString()}`);
      },
    };
  },
  smpp: async (house) => {
    let isShut = false;
    const came = Promise.withResolvers<void>();
    const far = await smppFarSide(house.process, () => {
      if (isShut) came.resolve();
      return isShut ? null : {};
    });
    const deliver = (pdu: Parameters<typeof far.deliver>[0]) =>
      insist(house, async () => {
        const silence = house.hasDied ? never() : house.dead.then(() => null);
        return (await Promise.race([far.deliver(pdu), silence])) !== null;
      });
    return {
      ...far,
      taken: async () => far.submits.length,
      hold: () => {
        isShut = true;
        return came.promise;
      },
      async report() {
        for (const index of far.submits.keys()) await deliver(receiptOf(index, 'DELIVRD'));
      },
      bring: (body) =>
        deliver({
          fields: {
            source_addr: toWire(THEIRS).address,
            destination_addr: toWire(OURS).address,
          },
          short_message: Buffer.from(body),
        }),
    };
  },
  twilio: async (house) => {
    const gate = new Gate();
    await using ends = new AsyncDisposableStack();
    const upstream = ends.use(
      await upstreamOf(house.process, async (up) => {
        const out = ends.use(
          await relay(async (...request) => {
            const reply = await up.request(...request);
            return request[0] === 'POST' ? gate.pass(reply) : reply;
          }),
        );
        const into = ends.use(
          await relay(async (...request) => {
            const reply = await house.call(...request);
            // The upstream calls the second address at once, and no third one.
            if (!reply) await house.revived;
            return reply;
          }),
        );
        return { base: out.origin, home: into.origin };
      }),
    );
    const { app } = upstream;
    const held = ends.move();
    // The message with which a recipient stopped the number comes in here too.
    await app.deliver();
    const work = async () => {
      app.advance(2_000);
      await app.deliver();
    };
    return {
      carry: upstream.carry,
      async taken() {
        const { db } = app.app.database;
        const out = db.selectFrom('messages').selectAll().where('direction', '!=', 'inbound');
        return (await out.execute()).length;
      },
      hold: gate.hold,
      report: work,
      async bring(body) {
        await receive(app, { from: THEIRS, body });
        await work();
      },
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  },
};

/** A reverse proxy. It answers 502 when the process behind it dies, as such proxies do. */
function relay(to: (...request: Parameters<House['call']>) => Promise<Reply | null>) {
  return webhookReceiver(async ({ method, url, headers: given, body }) => {
    const { pathname, search } = new URL(url);
    const { 'content-length': _length, connection: _connection, ...kept } = given;
    const headers = kept as Record<string, string>;
    const sent = { headers, ...(method === 'POST' && { form: body }) };
    const reply = await to(method, pathname + search, sent);
    if (!reply) return { status: 502 };
    const type = reply.headers['content-type'] ?? 'text/plain';
    return { status: reply.status, headers: { 'content-type': type }, body: reply.text };
  });
}
