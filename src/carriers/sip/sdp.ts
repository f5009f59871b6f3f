import { isIP } from 'node:net';
import { BadSyntax, DIGITS, isMadeOf, wholeNumber } from './scan.ts';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One medium of a session description. */
export interface MediaLine {
  readonly kind: string;
  readonly port: number;
  readonly profile: string;
  readonly formats: readonly string[];
  /** The address of this medium, or of the whole session; null without one. */
  readonly address: string | null;
  /** The codec of each format in lower case, such as `pcmu/8000`. */
  readonly codecs: ReadonlyMap<string, string>;
  readonly direction: Direction;
}

export interface SessionDescription {
  readonly media: readonly MediaLine[];
}

/** The codecs of the formats that need no `rtpmap` (RFC 3551 §6). */
const STATIC: Readonly<Record<string, string>> = { '0': 'pcmu/8000', '8': 'pcma/8000' };
const DIRECTIONS = new Set(['sendrecv', 'sendonly', 'recvonly', 'inactive']);
const MAX_LINES = 512;
const MAX_MEDIA = 16;
const MAX_FORMATS = 64;

interface Building {
  kind: string;
  port: number;
  profile: string;
  formats: string[];
  address: string | null;
  codecs: Map<string, string>;
  direction: Direction | null;
}

/**
 * Reads a session description (RFC 8866) as far as a call needs it.
 * @throws BadSyntax
 */
export function readSdp(body: Buffer | string): SessionDescription {
  const lines = body.toString('utf8').split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) throw new BadSyntax('The session description has too many lines');
  if (lines[0]?.trim() !== 'v=0')
    throw new BadSyntax('The session description does not begin with v=0');
  const media: Building[] = [];
  const session: Pick<Building, 'address' | 'direction'> = { address: null, direction: null };
  for (const line of lines) {
    const value = line.slice(2).trim();
    const here = media.at(-1);
    if (line.startsWith('m=')) media.push(mediaOf(value));
    else if (line.startsWith('c=')) (here ?? session).address = addressOf(value);
    else if (line.startsWith('a=')) readAttribute(value, here, session);
    if (media.length > MAX_MEDIA) throw new BadSyntax('The session description has too many media');
  }
  return {
    media: media.map((one) => ({
      ...one,
      address: one.address ?? session.address,
      direction: one.direction ?? session.direction ?? 'sendrecv',
    })),
  };
}

function mediaOf(value: string): Building {
  const [kind = '', port = '', profile = '', ...formats] = value.split(' ', MAX_FORMATS + 3);
  const [first = ''] = port.split('/', 1);
  if (profile === '' || formats.length === 0) throw new BadSyntax('A medium lacks its formats');
  return {
    kind,
    port: wholeNumber(first, 65_535, 'The port of a medium'),
    profile,
    formats,
    address: null,
    codecs: new Map(formats.flatMap((one) => (STATIC[one] ? [[one, STATIC[one]] as const] : []))),
    direction: null,
  };
}

function addressOf(value: string): string {
  const [net = '', , written = ''] = value.split(' ', 3);
  const [address = ''] = written.split('/', 1);
  if (net !== 'IN' || address === '')
    throw new BadSyntax('A connection line is not of the internet');
  return address;
}

function readAttribute(
  value: string,
  here: Building | undefined,
  session: { direction: Direction | null },
): void {
  if (DIRECTIONS.has(value)) (here ?? session).direction = value as Direction;
  if (!here || !value.startsWith('rtpmap:')) return;
  const [format = '', codec = ''] = value.slice('rtpmap:'.length).split(' ', 2);
  if (isMadeOf(format, DIGITS) && here.formats.includes(format)) {
    here.codecs.set(format, codec.toLowerCase());
  }
}

/** The address at which our side receives sound, and the sound that it sends. */
export interface LocalMedia {
  readonly address: string;
  readonly port: number;
  /** Stays through a call; `version` goes up with each change (RFC 3264 §8). */
  readonly session: number;
  readonly version: number;
}

interface WrittenAudio {
  readonly formats: readonly { readonly format: string; readonly codec: string }[];
  readonly direction: Direction;
}

/** Writes one medium after the others, which are refused by port 0. */
export function writeSdp(
  local: LocalMedia,
  audio: WrittenAudio,
  order: readonly (MediaLine | null)[] = [null],
): string {
  const family = isIP(local.address) === 6 ? 'IP6' : 'IP4';
  const lines = [
    'v=0',
    `o=- ${local.session} ${local.version} IN ${family} ${local.address}`,
    's=-',
    `c=IN ${family} ${local.address}`,
    't=0 0',
  ];
  for (const refused of order) {
    if (refused) lines.push(`m=${refused.kind} 0 ${refused.profile} ${refused.formats.join(' ')}`);
    else lines.push(...audioLines(local.port, audio));
  }
  return `${lines.join('\r\n')}\r\n`;
}

function audioLines(port: number, { formats, direction }: WrittenAudio): string[] {
  const lines = [`m=audio ${port} RTP/AVP ${formats.map(({ format }) => format).join(' ')}`];
  for (const { format, codec } of formats) {
    const [name = '', rate] = codec.split('/');
    const shown = name === 'telephone-event' ? name : name.toUpperCase();
    lines.push(`a=rtpmap:${format} ${shown}/${rate}`);
    if (name === 'telephone-event') lines.push(`a=fmtp:${format} 0-15`);
  }
  lines.push('a=ptime:20', `a=${direction}`);
  return lines;
}
