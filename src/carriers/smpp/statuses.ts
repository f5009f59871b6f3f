/** Twilio's codes for messages that did not arrive. */
export type SmppErrorCode = 30001 | 30003 | 30004 | 30005 | 30006 | 30007 | 30008 | 30036;

/** The values of `command_status` that the session writes or must know (SMPP 3.4, 5.1.3). */
export const STATUS = {
  ok: 0x00,
  invalid_length: 0x02,
  invalid_command: 0x03,
  not_bound: 0x04,
  bind_failed: 0x0d,
  queue_full: 0x14,
  throttled: 0x58,
  /** The receiver cannot take the message now. The centre sends it again. */
  receiver_temporary: 0x64,
} as const;

const NAMES: Readonly<Record<number, string>> = {
  0x01: 'invalid message length',
  0x02: 'invalid command length',
  0x03: 'invalid command',
  0x04: 'wrong bind status',
  0x05: 'already bound',
  0x08: 'system error',
  0x0a: 'invalid source address',
  0x0b: 'invalid destination address',
  0x0d: 'bind failed',
  0x0e: 'invalid password',
  0x0f: 'invalid system id',
  0x14: 'message queue full',
  0x15: 'invalid service type',
  0x33: 'invalid number of destinations',
  0x45: 'submit failed',
  0x48: 'invalid source address type',
  0x49: 'invalid source numbering plan',
  0x50: 'invalid destination address type',
  0x51: 'invalid destination numbering plan',
  0x53: 'invalid system type',
  0x58: 'throttled',
  0x61: 'invalid scheduled delivery time',
  0x62: 'invalid validity period',
  0x64: 'temporary error of the receiver',
  0x65: 'permanent error of the receiver',
  0x66: 'message rejected by the receiver',
  0xfe: 'delivery failure',
  0xff: 'unknown error',
};

/** A status in words, such as `invalid destination address (0x0B)`. */
export function statusName(status: number): string {
  const hex = `0x${status.toString(16).toUpperCase().padStart(2, '0')}`;
  return `${NAMES[status] ?? 'an error of the carrier'} (${hex})`;
}

/** The meaning of the answer to a submission. */
export type Verdict =
  | { readonly is: 'accepted' }
  /** The message may go out later: the carrier is overloaded, or ill for a while. */
  | { readonly is: 'later'; readonly because: 'throttled' | 'system' }
  | { readonly is: 'refused'; readonly code: SmppErrorCode };

const REFUSALS: Readonly<Record<number, SmppErrorCode>> = {
  0x0b: 30005,
  0x50: 30005,
  0x51: 30005,
  0x62: 30036,
  0x65: 30003,
  0x66: 30007,
};

/** Errors of the connection or of the centre. Another attempt may succeed. */
const SYSTEM: ReadonlySet<number> = new Set([0x04, 0x08, 0x64]);

export function verdictOf(status: number): Verdict {
  if (status === STATUS.ok) return { is: 'accepted' };
  if (status === STATUS.throttled || status === STATUS.queue_full) {
    return { is: 'later', because: 'throttled' };
  }
  if (SYSTEM.has(status)) return { is: 'later', because: 'system' };
  return { is: 'refused', code: REFUSALS[status] ?? 30008 };
}
