import { isIP } from 'node:net';
import { BadSyntax } from './scan.ts';
import { type Direction, type LocalMedia, type MediaLine, readSdp, writeSdp } from './sdp.ts';

/** The sound that both sides agreed on. */
export interface Agreed {
  /** The address to which sound goes. The caller of this function must still check it. */
  readonly address: string;
  readonly port: number;
  readonly codec: 'pcmu' | 'pcma';
  readonly format: number;
  /** The format of keys (RFC 4733); null when the far side takes none. */
  readonly key_format: number | null;
  /** The direction of our side: it sends in `sendrecv` and `sendonly`. */
  readonly direction: Direction;
}

const EVENTS = 'telephone-event/8000';
const OFFERED = [
  { format: '0', codec: 'pcmu/8000' },
  { format: '8', codec: 'pcma/8000' },
  { format: '101', codec: EVENTS },
];

/** RFC 3264 §6.1: what one side sends, the other receives. */
const MIRROR: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** Our offer: G.711 in both forms, and keys. */
export function makeOffer(local: LocalMedia): string {
  return writeSdp(local, { formats: OFFERED, direction: 'sendrecv' });
}

/**
 * Answers an offer (RFC 3264 §6): the first medium of plain RTP with G.711 is taken, and all others
 * are refused by port 0.
 * @returns null when there is none; the request then gets 488
 */
export function answerOffer(
  offer: Buffer | string,
  local: LocalMedia,
): { readonly sdp: string; readonly agreed: Agreed } | null {
  const { media } = readDescription(offer);
  const taken = media.find((one) => agreedOn(one) !== null);
  const agreed = taken ? agreedOn(taken) : null;
  if (!taken || !agreed) return null;
  const formats = [{ format: String(agreed.format), codec: `${agreed.codec}/8000` }];
  if (agreed.key_format !== null)
    formats.push({ format: String(agreed.key_format), codec: EVENTS });
  const order = media.map((one) => (one === taken ? null : one));
  return { sdp: writeSdp(local, { formats, direction: agreed.direction }, order), agreed };
}

/** Whether an offer has a medium that `answerOffer` takes, at an address that sound may go to. */
export function canAnswer(offer: Buffer, mayCall: (address: string) => boolean): boolean {
  const taken = readDescription(offer)
    .media.map(agreedOn)
    .find((one) => one !== null);
  return taken !== undefined && taken !== null && mayCall(taken.address);
}

/** The sound that an answer to our offer agrees on; null when it takes nothing that we offered. */
export function hearAnswer(answer: Buffer | string): Agreed | null {
  const [first] = readDescription(answer).media;
  return first ? agreedOn(first) : null;
}

/** A description that cannot be read has no medium. */
function readDescription(text: Buffer | string): { readonly media: readonly MediaLine[] } {
  try {
    return readSdp(text);
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    return { media: [] };
  }
}

function agreedOn(line: MediaLine): Agreed | null {
  const { kind, port, profile, formats, codecs, address } = line;
  if (kind !== 'audio' || profile !== 'RTP/AVP' || port === 0 || address === null) return null;
  if (isIP(address) === 0) return null;
  const format = formats.find((one) => /^pcm[ua]\/8000(?:\/1)?$/.test(codecs.get(one) ?? ''));
  if (format === undefined) return null;
  const keys = formats.find((one) => codecs.get(one) === EVENTS);
  // An address of zeros is the old way to say that nothing must be sent (RFC 3264 §8.4).
  const is_held = address === '0.0.0.0' || address === '::';
  const direction = MIRROR[line.direction];
  return {
    address,
    port,
    codec: codecs.get(format)?.startsWith('pcmu') ? 'pcmu' : 'pcma',
    format: Number(format),
    key_format: keys === undefined ? null : Number(keys),
    direction: is_held ? withoutSending(direction) : direction,
  };
}

function withoutSending(direction: Direction): Direction {
  return direction === 'sendrecv' ? 'recvonly' : direction === 'sendonly' ? 'inactive' : direction;
}
