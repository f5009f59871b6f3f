import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Frames } from '../../../src/carriers/smpp/frames.ts';
import { decodePdu, encodePdu, type Pdu, pduOf } from '../../../src/carriers/smpp/pdu.ts';

/** A message centre on a port of this machine. */
export interface Centre extends AsyncDisposable {
  readonly port: number;
  /** The submissions so far. */
  readonly submits: readonly Pdu[];
  /** The commands of the binds so far. */
  binds(): string[];
  /** Sends a `deliver_sm` on the newest connection. @returns the status of the answer */
  deliver(pdu: Partial<Pdu>): Promise<number>;
  /** Ends every connection. */
  cut(): void;
}

/** The answer to a submission; null: none. */
type Reply = (submit: Pdu, index: number) => Partial<Pdu> | null;

const BOUND = /^bind_|^enquire_link$|^unbind$/;

/** Opens a centre. Its ids are hexadecimal in answers, from 0xA0 on, unless `reply` says otherwise. */
export async function openCentre(
  reply: Reply = () => ({}),
  certificate?: { readonly cert: string; readonly key: string },
): Promise<Centre> {
  const submits: Pdu[] = [];
  const sockets = new Set<Socket>();
  const binds: { readonly command: string; readonly socket: Socket }[] = [];
  const answers = new Map<number, (status: number) => void>();
  let sequence = 0;
  const hear = (socket: Socket, pdu: Pdu) => {
    const respond = (rest: Partial<Pdu>) =>
      socket.write(encodePdu(pduOf(`${pdu.command}_resp` as Pdu['command'], pdu.sequence, rest)));
    if (pdu.command.startsWith('bind_')) binds.push({ command: pdu.command, socket });
    if (BOUND.test(pdu.command)) respond({});
    answers.get(pdu.sequence)?.(pdu.command === 'deliver_sm_resp' ? pdu.status : -1);
    if (pdu.command !== 'submit_sm') return;
    const answer = reply(pdu, submits.push(pdu) - 1);
    const message_id = (0x9f + submits.length).toString(16).toUpperCase();
    if (answer) respond({ fields: { message_id }, ...answer });
  };
  const open = (socket: Socket) => {
    const frames = new Frames();
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      for (const octets of frames.take(chunk)) hear(socket, decodePdu(octets));
    });
  };
  const server = certificate ? createTlsServer(certificate, open) : createServer(open);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    submits,
    binds: () => binds.map(({ command }) => command),
    deliver(pdu) {
      const { promise, resolve } = Promise.withResolvers<number>();
      sequence += 1;
      // The answer to a deliver_sm has its own sequence, far from those of submissions.
      const own = 1_000_000 + sequence;
      answers.set(own, resolve);
      const ear = binds.findLast(({ command }) => command !== 'bind_transmitter');
      ear?.socket.write(encodePdu(pduOf('deliver_sm', own, pdu)));
      return promise;
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** The receipt of the submission with this index, with its id in decimal. */
export function receiptOf(index: number, state: string, err = '000'): Partial<Pdu> {
  const text = `id:${0xa0 + index} sub:001 dlvrd:001 stat:${state} err:${err} text:`;
  return { fields: { esm_class: 4 }, short_message: Buffer.from(text) };
}
