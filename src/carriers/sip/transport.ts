import { type Via, writeVia } from './fields.ts';
import { header } from './headers.ts';
import { BadMessage, type SipMessage } from './message.ts';
import { type Hop, type SipOutside, type SipTransport, type Source, type Wire } from './outside.ts';
import { readMessage } from './read-message.ts';
import { Streams, type TlsFiles } from './streams.ts';
import { Udp } from './udp.ts';
import { answerTo, canBeAnswered, writeMessage } from './write-message.ts';

export interface ListenAt {
  readonly transport: SipTransport;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface TransportSettings {
  readonly listen: readonly ListenAt[];
  /** The address that others reach; without a port, the bound one counts. */
  readonly public: { readonly host: string; readonly port: number | null } | null;
  readonly tls: TlsFiles | null;
}

export interface TransportEvents {
  message(message: SipMessage, source: Source): void;
}

/** A datagram with nothing but line breaks or zeros keeps a way through NAT open. */
const MAX_KEEP_ALIVE = 4;

/** The sockets of one user agent. */
export class Transport implements Wire {
  readonly #settings: TransportSettings;
  readonly #outside: SipOutside;
  readonly #events: TransportEvents;
  readonly #streams = new Map<SipTransport, Streams>();
  readonly #ports = new Map<SipTransport, ListenAt>();
  #udp: Udp | null = null;

  private constructor(settings: TransportSettings, outside: SipOutside, events: TransportEvents) {
    this.#settings = settings;
    this.#outside = outside;
    this.#events = events;
    for (const transport of ['tcp', 'tls'] as const) {
      const kind = { transport, tls: settings.tls };
      const hear = { message: (octets: Buffer, from: Source) => this.#hear(octets, from) };
      this.#streams.set(transport, new Streams(kind, outside, hear));
    }
  }

  /** Opens every socket, or none. */
  static async open(
    settings: TransportSettings,
    outside: SipOutside,
    events: TransportEvents,
  ): Promise<Transport> {
    const transport = new Transport(settings, outside, events);
    try {
      for (const at of settings.listen) await transport.#listen(at);
    } catch (error) {
      transport.close();
      throw error;
    }
    return transport;
  }

  addressOf(transport: SipTransport): { host: string; port: number } {
    // A transport that does not listen names another one, by which requests still arrive.
    const bound = this.#ports.get(transport) ?? [...this.#ports.values()][0];
    const { host = '127.0.0.1', port = 5060 } = bound ?? {};
    const { public: shown } = this.#settings;
    return { host: shown?.host ?? host, port: shown?.port ?? port };
  }

  send(octets: Buffer, hop: Hop, failed: (reason: string) => void): void {
    if (hop.transport !== 'udp') return this.#streams.get(hop.transport)?.send(octets, hop, failed);
    if (this.#udp) this.#udp.send(octets, hop, failed);
    else failed('Nothing listens for UDP; add a udp address to listen');
  }

  answer(octets: Buffer, source: Source): void {
    if (source.transport === 'udp') this.#udp?.answer(octets, source);
    else this.#streams.get(source.transport)?.answer(octets, source);
  }

  close(): void {
    this.#udp?.close();
    this.#udp = null;
    for (const streams of this.#streams.values()) streams.close();
  }

  async #listen(at: ListenAt): Promise<void> {
    if (at.transport === 'udp') {
      this.#udp = await Udp.open(at, this.#outside, {
        message: (octets, source) => this.#hear(octets, source),
      });
      this.#ports.set('udp', { ...at, port: this.#udp.port });
    } else {
      const port = await this.#streams.get(at.transport)?.listen(at.host, at.port);
      this.#ports.set(at.transport, { ...at, port: port ?? at.port });
    }
  }

  #hear(octets: Buffer, source: Source): void {
    if (octets.length <= MAX_KEEP_ALIVE) return;
    try {
      const message = readMessage(octets);
      if (message.is === 'response') return this.#events.message(message, source);
      const marked = markSource(message, source);
      this.#events.message(marked.message, marked.source);
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.#refuse(error, source);
    }
  }

  /** Tells the sender of an unreadable request why, if it says where it came from. */
  #refuse({ draft, status, message }: BadMessage, source: Source): void {
    if (!draft || !canBeAnswered(draft)) return;
    const answer = answerTo(draft, status, { tag: this.#outside.token(), phrase: message });
    this.answer(writeMessage(answer), source);
  }
}

/**
 * Notes in Via where a request came from (RFC 3261 §18.2.1, RFC 3581 §4), and where its answer goes:
 * back to the port it came from when it asks for that, else to the port in Via.
 */
function markSource<M extends SipMessage>(
  message: M,
  source: Source,
): { message: M; source: Source } {
  const [via, ...rest] = message.vias;
  const parameters = new Map(via.parameters);
  const has_rport = parameters.get('rport') === '';
  const address = source.address.replace(/^::ffff:/, '');
  if (has_rport) parameters.set('rport', String(source.port));
  if (has_rport || via.host !== address) parameters.set('received', address);
  const marked: Via = { ...via, parameters };
  const vias: [Via, ...Via[]] = [marked, ...rest];
  const lines = message.headers.filter((one) => one.key !== 'via');
  const headers = [header('Via', vias.map(writeVia).join(', ')), ...lines];
  const to_port = has_rport || source.transport !== 'udp' ? source.port : (via.port ?? 5060);
  return { message: { ...message, headers, vias }, source: { ...source, port: to_port } };
}
