import type { SipMessage } from '../../../src/carriers/sip/message.ts';
import type { Hop, SipOutside, Source, Wire } from '../../../src/carriers/sip/outside.ts';
import { readMessage } from '../../../src/carriers/sip/read-message.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { FakeTime } from '../smpp/fake-time.ts';

/** The chances of a datagram on its way, in percent. */
interface Weather {
  readonly lost: number;
  readonly doubled: number;
  /** The longest delay in milliseconds; datagrams overtake each other by it. */
  readonly delay_ms: number;
}

/** Two ends and a network between them that loses, repeats and reorders as its seed says. */
export class LossyWire {
  readonly time = new FakeTime();
  /** The datagrams that left, in their order, with the time. */
  readonly sent: { readonly at: number; readonly message: SipMessage }[] = [];
  readonly #weather: Weather;
  readonly #random: (limit: number) => number;
  readonly #ends = new Map<number, (message: SipMessage, source: Source) => void>();
  #tokens = 0;

  constructor(seed: number, weather: Weather) {
    this.#weather = weather;
    this.#random = seededRandom(seed);
  }

  readonly outside: SipOutside = {
    now: this.time.now,
    after: this.time.after,
    random: () => this.#random(1_000) / 1_000,
    token: () => `t${(this.#tokens += 1)}`,
  };

  /** An end of the wire, at its port. */
  end(port: number, transport: 'udp' | 'tcp' = 'udp'): Wire {
    const from = { transport, address: '192.0.2.1', port, connection: null };
    return {
      send: (octets, hop) => this.#carry(octets, from, hop.port),
      answer: (octets, source) => this.#carry(octets, from, source.port),
      addressOf: () => ({ host: '192.0.2.1', port }),
    };
  }

  hear(port: number, run: (message: SipMessage, source: Source) => void): void {
    this.#ends.set(port, run);
  }

  hop(port: number, transport: 'udp' | 'tcp' = 'udp'): Hop {
    return { transport, address: '192.0.2.1', port };
  }

  #carry(octets: Buffer, source: Source, port: number): void {
    const message = readMessage(octets);
    this.sent.push({ at: this.time.now(), message });
    const { lost, doubled, delay_ms } = this.#weather;
    const copies = this.#random(100) < lost ? 0 : this.#random(100) < doubled ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      this.time.after(this.#random(delay_ms + 1), () => this.#ends.get(port)?.(message, source));
    }
  }
}
