import type { Duplex } from 'node:stream';
import { Frames, LostFrame } from './frames.ts';
import { LINK, type SmppOutside, type SmppSettings } from './outside.ts';
import { type Command, decodePdu, encodePdu, type Pdu, pduOf, UnreadablePdu } from './pdu.ts';
import { STATUS, statusName } from './statuses.ts';

/** SMPP 3.4. */
const INTERFACE_VERSION = 0x34;
const MAX_SEQUENCE = 0x7fff_ffff;
/** Answers that the other side has not read. */
const MAX_UNREAD_OCTETS = 1_048_576;

/** The fate of one request. */
type Answer = { readonly is: 'answer'; readonly pdu: Pdu } | { readonly is: 'none' };

interface SessionEvents {
  /** The centre accepted the bind. */
  bound(): void;
  /** A message or a receipt. The centre hears the status when the promise resolves. */
  deliver(pdu: Pdu): Promise<number>;
  /** The connection is gone, once. `refusal` is the status of a refused bind. */
  ended(reason: string, refusal: number | null): void;
}

interface Waiting {
  readonly heard: (answer: Answer) => void;
  readonly cancel: () => void;
}

/**
 * One connection, from the bind to its end. It never throws on input: a PDU that it cannot read is
 * refused, and a stream without sense ends the connection.
 */
export class Session {
  readonly #socket: Duplex;
  readonly #settings: SmppSettings;
  readonly #outside: SmppOutside;
  readonly #events: SessionEvents;
  readonly #frames = new Frames();
  readonly #waiting = new Map<number, Waiting>();
  /** Requests whose time is over; the oldest is forgotten first. */
  readonly #late = new Map<number, (pdu: Pdu) => void>();
  #state: 'binding' | 'bound' | 'ending' | 'ended' = 'binding';
  #sequence = 0;
  #silent = 0;
  #inbound = 0;
  #heardAt: number;
  #cancelIdle: () => void = () => {};

  constructor(socket: Duplex, settings: SmppSettings, outside: SmppOutside, events: SessionEvents) {
    this.#socket = socket;
    this.#settings = settings;
    this.#outside = outside;
    this.#events = events;
    this.#heardAt = outside.now();
    // First, so that a bind that cannot be written leaves no session behind.
    this.#bind();
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#end(`The connection broke: ${error.message}`));
    socket.on('close', () => this.#end('The connection was closed'));
    socket.on('end', () => this.#end('The carrier closed the connection'));
  }

  get isBound(): boolean {
    return this.#state === 'bound';
  }

  /** True when the socket takes more without keeping it in memory. */
  get canWrite(): boolean {
    return this.isBound && !this.#socket.writableNeedDrain;
  }

  /** Runs something once when the socket takes more. */
  onDrain(run: () => void): void {
    this.#socket.once('drain', run);
  }

  /**
   * Writes one request. `heard` is called once, with the answer, or without one when its time is
   * over or the connection ends. An answer that comes later goes to `late`.
   */
  ask(
    request: { readonly command: Command } & Partial<Pdu>,
    heard: (answer: Answer) => void,
    late?: (pdu: Pdu) => void,
  ): void {
    const sequence = this.#nextSequence();
    const octets = encodePdu(pduOf(request.command, sequence, request));
    const cancel = this.#outside.after(LINK.answer_ms, () => {
      this.#waiting.delete(sequence);
      if (late) this.#keepLate(sequence, late);
      heard({ is: 'none' });
      this.#silent += 1;
      if (this.#silent >= LINK.unanswered) this.#end('The carrier no longer answers');
    });
    this.#waiting.set(sequence, { heard, cancel });
    this.#socket.write(octets);
  }

  /** Says goodbye and waits a little for the answer. The link waits for its submissions before. */
  async unbind(): Promise<void> {
    if (this.#state === 'bound') {
      this.#state = 'ending';
      await new Promise<void>((resolve) => {
        const cancel = this.#outside.after(LINK.unbind_ms, resolve);
        this.ask({ command: 'unbind' }, () => {
          cancel();
          resolve();
        });
      });
    }
    this.#end('The link was stopped');
  }

  #bind(): void {
    const { system_id, password, system_type, role = 'transceiver' } = this.#settings;
    const fields = { system_id, password, system_type, interface_version: INTERFACE_VERSION };
    this.ask({ command: `bind_${role}`, fields }, (answer) => {
      if (this.#state !== 'binding') return;
      if (answer.is === 'none') return this.#end('The carrier did not answer the bind');
      const { status } = answer.pdu;
      if (status !== STATUS.ok) {
        return this.#end(`The carrier refused the bind: ${statusName(status)}`, status);
      }
      this.#state = 'bound';
      this.#watch();
      this.#events.bound();
    });
  }

  /** Asks `enquire_link` when nothing came for a while. */
  #watch(): void {
    const { idle_ms = LINK.idle_ms } = this.#settings;
    const silence = this.#outside.now() - this.#heardAt;
    this.#cancelIdle = this.#outside.after(Math.max(idle_ms - silence, 1), () => {
      if (this.#state !== 'bound') return;
      if (this.#outside.now() - this.#heardAt >= idle_ms) {
        this.ask({ command: 'enquire_link' }, () => this.#watch());
      } else {
        this.#watch();
      }
    });
  }

  #read(chunk: Buffer): void {
    if (this.#state === 'ended') return;
    try {
      for (const octets of this.#frames.take(chunk)) {
        if (this.#isOver()) return;
        this.#heardAt = this.#outside.now();
        this.#take(octets);
      }
    } catch (error) {
      if (!(error instanceof LostFrame)) throw error;
      this.#end(`The carrier sent no SMPP: ${error.message}`);
    }
  }

  #isOver(): boolean {
    return this.#state === 'ended';
  }

  #take(octets: Buffer): void {
    try {
      this.#hear(decodePdu(octets));
    } catch (error) {
      if (!(error instanceof UnreadablePdu)) throw error;
      // An answer that cannot be read stays without an answer: its request times out.
      if (error.command?.endsWith('_resp') || error.command === 'generic_nack') return;
      if (octets.readUInt32BE(4) >= 0x8000_0000) return;
      const status = error.command ? STATUS.invalid_length : STATUS.invalid_command;
      this.#answer('generic_nack', error.sequence, status);
    }
  }

  #hear(pdu: Pdu): void {
    switch (pdu.command) {
      case 'enquire_link':
        return this.#answer('enquire_link_resp', pdu.sequence, STATUS.ok);
      case 'unbind':
        this.#answer('unbind_resp', pdu.sequence, STATUS.ok);
        return this.#end('The carrier ended the session');
      case 'deliver_sm':
      case 'data_sm':
        return this.#deliver(pdu, `${pdu.command}_resp`);
      case 'outbind':
      case 'alert_notification':
        return;
      case 'bind_receiver':
      case 'bind_transmitter':
      case 'bind_transceiver':
      case 'submit_sm':
        return this.#answer('generic_nack', pdu.sequence, STATUS.invalid_command);
      case 'generic_nack':
      case 'bind_receiver_resp':
      case 'bind_transmitter_resp':
      case 'bind_transceiver_resp':
      case 'submit_sm_resp':
      case 'deliver_sm_resp':
      case 'data_sm_resp':
      case 'enquire_link_resp':
      case 'unbind_resp':
        return this.#settle(pdu);
    }
  }

  #settle(pdu: Pdu): void {
    const waiting = this.#waiting.get(pdu.sequence);
    if (!waiting) {
      this.#late.get(pdu.sequence)?.(pdu);
      this.#late.delete(pdu.sequence);
      return;
    }
    this.#silent = 0;
    this.#waiting.delete(pdu.sequence);
    waiting.cancel();
    waiting.heard({ is: 'answer', pdu });
  }

  #deliver(pdu: Pdu, command: 'deliver_sm_resp' | 'data_sm_resp'): void {
    if (this.#state === 'binding') return this.#answer(command, pdu.sequence, STATUS.not_bound);
    this.#inbound += 1;
    if (this.#inbound >= LINK.inbound) this.#socket.pause();
    const answer = (status: number) => {
      this.#inbound -= 1;
      if (this.#inbound < LINK.inbound) this.#socket.resume();
      this.#answer(command, pdu.sequence, status);
    };
    this.#events.deliver(pdu).then(answer, () => answer(STATUS.receiver_temporary));
  }

  #answer(command: Command, sequence: number, status: number): void {
    if (this.#state === 'ended') return;
    this.#socket.write(encodePdu(pduOf(command, sequence, { status })));
    // A flood of requests whose answers nobody reads must not grow in memory.
    if (this.#socket.writableLength > MAX_UNREAD_OCTETS) this.#end('The carrier reads nothing');
  }

  #nextSequence(): number {
    do {
      this.#sequence = this.#sequence >= MAX_SEQUENCE ? 1 : this.#sequence + 1;
    } while (this.#waiting.has(this.#sequence));
    return this.#sequence;
  }

  #keepLate(sequence: number, late: (pdu: Pdu) => void): void {
    this.#late.set(sequence, late);
    const [oldest] = this.#late.keys();
    if (this.#late.size > LINK.late && oldest !== undefined) this.#late.delete(oldest);
  }

  #end(reason: string, refusal: number | null = null): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#cancelIdle();
    // `end` sends what is written, such as the answer to `unbind`; the close follows soon.
    this.#socket.end();
    this.#outside.after(LINK.unbind_ms, () => this.#socket.destroy());
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#late.clear();
    for (const { cancel, heard } of waiting) {
      cancel();
      heard({ is: 'none' });
    }
    this.#events.ended(reason, refusal);
  }
}
