/** A packet of RTP (RFC 3550 §5.1), without what a call does not need. */
export interface RtpPacket {
  readonly format: number;
  /** Sound begins after silence, or a key begins. */
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly source: number;
  readonly payload: Buffer;
}

export const RTP_HEADER = 12;
const VERSION = 2;
/** The longest packet that is read. G.711 of 60 ms takes 492 octets. */
const RTP_MAX_BYTES = 1_500;

/** @returns null for octets that are no packet of RTP, or of the control protocol */
export function readRtp(octets: Buffer): RtpPacket | null {
  if (octets.length < RTP_HEADER || octets.length > RTP_MAX_BYTES) return null;
  const [first = 0, second = 0] = octets;
  if (first >> 6 !== VERSION) return null;
  let begin = RTP_HEADER + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (begin + 4 > octets.length) return null;
    begin += 4 + 4 * octets.readUInt16BE(begin + 2);
  }
  const padding = first & 0x20 ? (octets.at(-1) ?? 0) : 0;
  const end = octets.length - padding;
  if (begin > end || (first & 0x20 && padding === 0)) return null;
  return {
    format: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: octets.readUInt16BE(2),
    timestamp: octets.readUInt32BE(4),
    source: octets.readUInt32BE(8),
    payload: octets.subarray(begin, end),
  };
}

/** Writes the header of a packet; its payload follows. */
export function writeRtpHeader(into: Buffer, packet: Omit<RtpPacket, 'payload'>): void {
  into[0] = VERSION << 6;
  into[1] = (packet.marker ? 0x80 : 0) | packet.format;
  into.writeUInt16BE(packet.sequence & 0xff_ff, 2);
  into.writeUInt32BE(packet.timestamp >>> 0, 4);
  into.writeUInt32BE(packet.source >>> 0, 8);
}

/** A key in a packet of its own (RFC 4733 §2.3). */
export interface KeyEvent {
  readonly key: string;
  readonly is_end: boolean;
  /** In samples. */
  readonly duration: number;
}

const KEYS = '0123456789*#ABCD';

/** @returns null for another event, or a damaged one */
export function readKeyEvent(payload: Buffer): KeyEvent | null {
  if (payload.length < 4) return null;
  const key = KEYS[payload[0] ?? 0xff];
  if (key === undefined) return null;
  return { key, is_end: ((payload[1] ?? 0) & 0x80) !== 0, duration: payload.readUInt16BE(2) };
}
