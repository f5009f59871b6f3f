import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { lineUpOf } from '../../../src/carriers/line-up.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../../src/carriers/sip/message.ts';
import { readMessage } from '../../../src/carriers/sip/read-message.ts';
import { answerTo, writeMessage } from '../../../src/carriers/sip/write-message.ts';
import { SipCarrier } from '../../../src/carriers/sip-trunk/sip-carrier.ts';
import type { TestApp } from '../../support/test-app.ts';

const HERE = '127.0.0.1';

/** An offer of G.711 and keys. */
export function offerAt(port: number, formats = '0 8 101'): string {
  const lines = ['v=0', `o=- 1 1 IN IP4 ${HERE}`, 's=-', `c=IN IP4 ${HERE}`, 't=0 0'];
  return [
    ...lines,
    `m=audio ${port} RTP/AVP ${formats}`,
    'a=rtpmap:101 telephone-event/8000',
    '',
  ].join('\r\n');
}

/** An INVITE that a test makes. */
export interface Invite {
  readonly uri: string;
  readonly from?: string;
  /** The body; empty: a late offer. */
  readonly sdp?: string;
  /** More lines of the head. A line whose name the INVITE has already replaces that one; a name alone removes it. */
  readonly lines?: readonly string[];
  readonly branch?: string;
}

/** The port at which the carrier `pstn` of a test listens. */
export async function carrierPort(app: TestApp): Promise<number> {
  const carrier = lineUpOf(app.app).voices.get('pstn');
  assert.ok(carrier instanceof SipCarrier);
  await carrier.opened();
  return carrier.address?.port ?? 0;
}

/** A telephone over UDP that calls this server, message by message. */
export class Telephone extends EventTarget implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #sound: Socket;
  readonly #to: number;
  #calls = 0;
  /** Everything that came, without 100. */
  readonly heard: SipMessage[] = [];

  private constructor(socket: Socket, sound: Socket, to: number) {
    super();
    this.#sound = sound;
    this.#socket = socket;
    this.#to = to;
    socket.on('message', (octets) => this.#hear(readMessage(octets)));
  }

  /** @param to the port of the server @param from an address of this machine */
  static async open(to: number, from = HERE): Promise<Telephone> {
    const [socket, sound] = [createSocket('udp4'), createSocket('udp4')];
    for (const one of [socket, sound]) {
      one.bind(0, from);
      await once(one, 'listening');
    }
    return new Telephone(socket, sound, to);
  }

  /** The port at which it takes sound. */
  get sound_port(): number {
    return this.#sound.address().port;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Waits for the final answer to the last INVITE, whatever is in it. */
  final(): Promise<SipResponse> {
    const branch = `z9hG4bKin${this.#calls}`;
    return this.until(
      (one): one is SipResponse =>
        one.is === 'response' &&
        one.status >= 200 &&
        one.vias[0].parameters.get('branch') === branch,
    );
  }

  /** Sends an INVITE. @returns the call */
  invite(invite: Invite): TelephoneCall {
    this.#calls += 1;
    const call = new TelephoneCall(this, invite, this.#calls);
    this.send(call.request('INVITE'));
    return call;
  }

  send(text: string): void {
    this.#socket.send(Buffer.from(text), this.#to, HERE);
  }

  /** Waits for a message. */
  async until<T extends SipMessage>(is: (one: SipMessage) => one is T): Promise<T> {
    for (;;) {
      const found = this.heard.find(is);
      if (found) return found;
      await once(this, 'heard');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#sound.close();
  }

  #hear(message: SipMessage): void {
    if (message.is === 'response' && message.status === 100) return;
    if (message.is === 'request' && message.method !== 'ACK') {
      const answer = writeMessage(answerTo(message, 200, { tag: 'phone' }));
      this.#socket.send(answer, this.#to, HERE);
    }
    this.heard.push(message);
    this.dispatchEvent(new Event('heard'));
  }
}

/** One call of a telephone. */
export class TelephoneCall {
  readonly #phone: Telephone;
  readonly #invite: Invite;
  readonly #number: number;
  #cseq = 1;

  constructor(phone: Telephone, invite: Invite, number: number) {
    this.#phone = phone;
    this.#invite = invite;
    this.#number = number;
  }

  get call_id(): string {
    return `call-${this.#number}-${this.#phone.port}`;
  }

  /** Waits for the final answer, or for one with this status. */
  answer(status?: number): Promise<SipResponse> {
    return this.#phone.until(
      (one): one is SipResponse =>
        one.is === 'response' &&
        one.call_id === this.call_id &&
        one.cseq.method === 'INVITE' &&
        (status === undefined ? one.status >= 200 : one.status === status),
    );
  }

  /** Waits for the BYE of the server. */
  bye(): Promise<SipRequest> {
    return this.#phone.until(
      (one): one is SipRequest =>
        one.is === 'request' && one.method === 'BYE' && one.call_id === this.call_id,
    );
  }

  /** Acknowledges the final answer. */
  async ack(sdp = ''): Promise<void> {
    const { to, status } = await this.answer();
    const branch = status < 300 ? `ack${this.#number}` : this.#invite.branch;
    const parts = { tag: to.parameters.get('tag') ?? '', sdp, ...(branch && { branch }) };
    this.#phone.send(this.request('ACK', parts));
  }

  cancel(): void {
    this.#phone.send(this.request('CANCEL'));
  }

  /** Sends a request within the dialog. */
  async send(method: string, sdp = ''): Promise<void> {
    const { to } = await this.answer();
    this.#cseq += 1;
    const branch = `${method}${this.#number}-${this.#cseq}`;
    const tag = to.parameters.get('tag') ?? '';
    this.#phone.send(this.request(method, { tag, sdp, branch, cseq: this.#cseq }));
  }

  /** The INVITE again, or another request of the same dialog, as text. */
  request(
    method: string,
    {
      tag = '',
      sdp = method === 'INVITE' ? (this.#invite.sdp ?? offerAt(this.#phone.sound_port)) : '',
      branch = this.#invite.branch ?? `in${this.#number}`,
      cseq = 1,
    } = {},
  ): string {
    const { uri, from = `<sip:+14155550188@${HERE}>`, lines = [] } = this.#invite;
    const fields = new Map([
      ['via', `Via: SIP/2.0/UDP ${HERE}:${this.#phone.port};branch=z9hG4bK${branch}`],
      ['from', `From: ${from};tag=phone`],
      ['to', `To: <${uri}>${tag === '' ? '' : `;tag=${tag}`}`],
      ['call-id', `Call-ID: ${this.call_id}`],
      ['cseq', `CSeq: ${cseq} ${method}`],
      ['contact', `Contact: <sip:phone@${HERE}:${this.#phone.port}>`],
      ['max-forwards', 'Max-Forwards: 70'],
    ]);
    if (sdp !== '') fields.set('content-type', 'Content-Type: application/sdp');
    for (const line of method === 'INVITE' ? lines : []) {
      const [name = ''] = line.split(':', 1);
      if (line.includes(':')) fields.set(name.toLowerCase(), line);
      else fields.delete(name.toLowerCase());
    }
    const head = [`${method} ${uri} SIP/2.0`, ...fields.values()];
    return [...head, `Content-Length: ${Buffer.byteLength(sdp)}`, '', sdp].join('\r\n');
  }
}
