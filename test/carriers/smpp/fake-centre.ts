import { type Duplex, duplexPair } from 'node:stream';
import { Frames } from '../../../src/carriers/smpp/frames.ts';
import { type LinkEvents, SmppLink } from '../../../src/carriers/smpp/link.ts';
import type { SmppSettings } from '../../../src/carriers/smpp/outside.ts';
import { decodePdu, encodePdu, type Pdu, pduOf } from '../../../src/carriers/smpp/pdu.ts';
import { FakeTime } from './fake-time.ts';

/** The answer of the fake centre to a request; null: none. */
type Reply = (pdu: Pdu, centre: FakeCentre) => Partial<Pdu> | null;

/** A message centre in memory. It accepts everything until a test says otherwise. */
class FakeCentre {
  readonly heard: Pdu[] = [];
  readonly sockets: Duplex[] = [];
  /** The connections that fail before they open. */
  refusing = 0;
  reply: Reply = () => ({});
  #ids = 0;

  readonly connect = async (): Promise<Duplex> => {
    if (this.refusing > 0) {
      this.refusing -= 1;
      throw new Error('connection refused');
    }
    const [mine, theirs] = duplexPair();
    const frames = new Frames();
    mine.on('error', () => {});
    mine.on('data', (chunk: Buffer) => {
      for (const octets of frames.take(chunk)) this.#hear(mine, decodePdu(octets));
    });
    this.sockets.push(mine);
    return theirs;
  };

  /** The newest connection. */
  get socket(): Duplex {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nobody connected');
    return socket;
  }

  send(pdu: Pdu): void {
    this.socket.write(encodePdu(pdu));
  }

  all(command: Pdu['command']): Pdu[] {
    return this.heard.filter((pdu) => pdu.command === command);
  }

  #hear(socket: Duplex, pdu: Pdu): void {
    this.heard.push(pdu);
    if (pdu.command.endsWith('_resp') || pdu.command === 'generic_nack') return;
    const reply = this.reply(pdu, this);
    if (!reply || socket.destroyed) return;
    this.#ids += 1;
    const fields = { message_id: `${this.#ids}` };
    const command = `${pdu.command}_resp` as Pdu['command'];
    socket.write(encodePdu(pduOf(command, pdu.sequence, { fields, ...reply })));
  }
}

export interface Stage {
  readonly centre: FakeCentre;
  readonly time: FakeTime;
  readonly link: SmppLink;
  /** The sentences that the link told, oldest first. */
  readonly told: string[];
}

/** A link to a fake centre, on a clock of its own. */
export async function openStage(
  settings: Partial<SmppSettings> = {},
  deliver: LinkEvents['deliver'] = async () => 0,
  reply: Reply = () => ({}),
): Promise<Stage> {
  const time = new FakeTime();
  const centre = new FakeCentre();
  centre.reply = reply;
  const told: string[] = [];
  const all = {
    system_id: 'tieline',
    password: 'secret',
    system_type: '',
    window: 10,
    rate: 1_000,
  };
  const outside = { now: time.now, after: time.after, random: () => 0.5, connect: centre.connect };
  const events = { deliver, changed: (_: boolean, detail: string) => void told.push(detail) };
  const link = new SmppLink({ ...all, ...settings }, outside, events);
  await time.settle();
  return { centre, time, link, told };
}
