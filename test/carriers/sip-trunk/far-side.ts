import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { header } from '../../../src/carriers/sip/headers.ts';
import type { SipMessage, SipRequest } from '../../../src/carriers/sip/message.ts';
import { readMessage } from '../../../src/carriers/sip/read-message.ts';
import {
  type AnswerParts,
  answerTo,
  writeMessage,
} from '../../../src/carriers/sip/write-message.ts';

/** An answer of the far side: a status, or one with headers and a body. */
export type Answer = number | ({ readonly status: number } & Partial<AnswerParts>);
/** The answers to an INVITE. None: it stays silent. */
type Script = (request: SipRequest, count: number) => readonly Answer[];

/** A telephone of SIP over UDP that does what its script says. Repeats of a request count once. */
export class FarSide extends EventTarget implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #script: Script;
  readonly #options: readonly Answer[];
  readonly #seen = new Set<string>();
  #peer = 0;
  #cseq = 6;
  /** The answers to the first BYE, and so on; those after them are 200. */
  readonly byes: Answer[] = [];
  /** Every request, and every answer to a request of ours. */
  readonly heard: SipMessage[] = [];

  private constructor(socket: Socket, script: Script, options: readonly Answer[]) {
    super();
    this.#options = options;
    this.#socket = socket;
    this.#script = script;
    socket.on('message', (octets, { port }) => {
      this.#peer = port;
      this.#hear(readMessage(octets));
    });
  }

  /** @param options the answers to OPTIONS */
  static async open(script: Script, options: readonly Answer[] = [200]): Promise<FarSide> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new FarSide(socket, script, options);
  }

  get address(): string {
    return `sip:127.0.0.1:${this.port}`;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** The requests with a method. */
  requests(method: string): SipRequest[] {
    return this.heard.filter(
      (one) => one.is === 'request' && one.method === method,
    ) as SipRequest[];
  }

  /** Waits for a request. */
  async request(method: string, count = 1): Promise<SipRequest> {
    for (;;) {
      const found = this.requests(method)[count - 1];
      if (found) return found;
      await once(this, 'heard');
    }
  }

  /** Hangs up the last call, or that of an INVITE. */
  hangUp(reason: string, invite?: SipRequest): void {
    this.#request('BYE', { headers: [`Reason: ${reason}`], invite });
  }

  /** Tells a key by INFO. */
  press(key: string, type: 'dtmf' | 'dtmf-relay' = 'dtmf-relay'): void {
    const body = type === 'dtmf' ? key : `Signal= ${key}\r\nDuration= 160\r\n`;
    this.#request('INFO', { headers: [`Content-Type: application/${type}`], body });
  }

  /** Sends a request within the last call, or that of an INVITE. */
  #request(
    method: string,
    {
      headers,
      body = '',
      invite = this.requests('INVITE').at(-1),
    }: {
      readonly headers: readonly string[];
      readonly body?: string;
      readonly invite?: SipRequest | undefined;
    },
  ): void {
    if (!invite) throw new Error('nobody called');
    this.#cseq += 1;
    const lines = [
      `${method} sip:tieline@127.0.0.1:${this.#peer} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bKfar${this.#cseq}`,
      `From: <${invite.to.uri}>;tag=far`,
      `To: <${invite.from.uri}>;tag=${invite.from.parameters.get('tag')}`,
      `Call-ID: ${invite.call_id}`,
      `CSeq: ${this.#cseq} ${method}`,
      ...headers,
      'Max-Forwards: 70',
      `Content-Length: ${body.length}`,
    ];
    this.#send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
  }

  #hear(message: SipMessage): void {
    if (message.is === 'request' && !this.#isNew(message)) return;
    this.heard.push(message);
    if (message.is === 'request') this.#serve(message);
    this.dispatchEvent(new Event('heard'));
  }

  #isNew({ vias, method }: SipRequest): boolean {
    const name = `${vias[0].parameters.get('branch')} ${method}`;
    return this.#seen.size < this.#seen.add(name).size;
  }

  #serve(request: SipRequest): void {
    const { method } = request;
    if (method === 'INVITE') {
      const count = this.requests('INVITE').length;
      for (const answer of this.#script(request, count)) this.answer(request, answer);
    } else if (method === 'OPTIONS') {
      for (const answer of this.#options) this.answer(request, answer);
    } else if (method !== 'ACK') {
      const byes = this.requests('BYE').length;
      this.answer(request, (method === 'BYE' && this.byes[byes - 1]) || 200);
      const canceled = this.requests('INVITE').find(({ call_id }) => call_id === request.call_id);
      if (method === 'CANCEL' && canceled) this.answer(canceled, 487);
    }
  }

  /** Answers a request. */
  answer(request: SipRequest, answer: Answer): void {
    const { status, ...more } = typeof answer === 'number' ? { status: answer } : answer;
    const headers = [header('Contact', `<${this.address}>`), ...(more.headers ?? [])];
    this.#send(writeMessage(answerTo(request, status, { tag: 'far', ...more, headers })));
  }

  #send(octets: Buffer): void {
    this.#socket.send(octets, this.#peer, '127.0.0.1');
  }
}
