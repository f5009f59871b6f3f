/** The commands of SMPP 3.4 that a client meets, by their ids (SMPP 3.4, section 5.1.2.1). */
const COMMAND_IDS = {
  generic_nack: 0x8000_0000,
  bind_receiver: 0x0000_0001,
  bind_receiver_resp: 0x8000_0001,
  bind_transmitter: 0x0000_0002,
  bind_transmitter_resp: 0x8000_0002,
  bind_transceiver: 0x0000_0009,
  bind_transceiver_resp: 0x8000_0009,
  outbind: 0x0000_000b,
  submit_sm: 0x0000_0004,
  submit_sm_resp: 0x8000_0004,
  deliver_sm: 0x0000_0005,
  deliver_sm_resp: 0x8000_0005,
  data_sm: 0x0000_0103,
  data_sm_resp: 0x8000_0103,
  alert_notification: 0x0000_0102,
  enquire_link: 0x0000_0015,
  enquire_link_resp: 0x8000_0015,
  unbind: 0x0000_0006,
  unbind_resp: 0x8000_0006,
} as const;

export type Command = keyof typeof COMMAND_IDS;

const COMMANDS = new Map(
  Object.entries(COMMAND_IDS).map(([command, id]) => [id as number, command as Command]),
);

/** The optional parameters that Tieline reads or writes (SMPP 3.4, section 5.3.2). */
export const TLV = {
  network_error_code: 0x0423,
  message_payload: 0x0424,
  message_state: 0x0427,
  receipted_message_id: 0x001e,
  sar_msg_ref_num: 0x020c,
  sar_total_segments: 0x020e,
  sar_segment_seqnum: 0x020f,
} as const;

/** The header: length, command, status, sequence number. */
export const HEADER_OCTETS = 16;
/** The longest text in a field of its own; a longer one goes as `message_payload`. */
const MAX_SHORT_MESSAGE = 254;

type Field =
  | readonly [name: string, type: 'octet']
  | readonly [name: string, type: 'text', max: number];

const BIND: readonly Field[] = [
  ['system_id', 'text', 16],
  ['password', 'text', 9],
  ['system_type', 'text', 13],
  ['interface_version', 'octet'],
  ['addr_ton', 'octet'],
  ['addr_npi', 'octet'],
  ['address_range', 'text', 41],
];

function messageFields(addressMax: number): Field[] {
  return [
    ['service_type', 'text', 6],
    ['source_addr_ton', 'octet'],
    ['source_addr_npi', 'octet'],
    ['source_addr', 'text', addressMax],
    ['dest_addr_ton', 'octet'],
    ['dest_addr_npi', 'octet'],
    ['destination_addr', 'text', addressMax],
    ['esm_class', 'octet'],
  ];
}

const SHORT_MESSAGES: readonly Field[] = [
  ...messageFields(21),
  ['protocol_id', 'octet'],
  ['priority_flag', 'octet'],
  ['schedule_delivery_time', 'text', 17],
  ['validity_period', 'text', 17],
  ['registered_delivery', 'octet'],
  ['replace_if_present_flag', 'octet'],
  ['data_coding', 'octet'],
  ['sm_default_msg_id', 'octet'],
];
const BOUND: readonly Field[] = [['system_id', 'text', 16]];
const MESSAGE_ID: readonly Field[] = [['message_id', 'text', 65]];

/** The fields of each command before its optional parameters. */
const FIELDS: Partial<Record<Command, readonly Field[]>> = {
  bind_receiver: BIND,
  bind_receiver_resp: BOUND,
  bind_transmitter: BIND,
  bind_transmitter_resp: BOUND,
  bind_transceiver: BIND,
  bind_transceiver_resp: BOUND,
  submit_sm: SHORT_MESSAGES,
  submit_sm_resp: MESSAGE_ID,
  deliver_sm: SHORT_MESSAGES,
  deliver_sm_resp: MESSAGE_ID,
  data_sm: [...messageFields(65), ['registered_delivery', 'octet'], ['data_coding', 'octet']],
  data_sm_resp: MESSAGE_ID,
};

/** The commands with a text after their fields. */
const HAS_TEXT: ReadonlySet<Command> = new Set(['submit_sm', 'deliver_sm']);

/** One protocol data unit. */
export interface Pdu {
  readonly command: Command;
  readonly status: number;
  readonly sequence: number;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly short_message: Buffer;
  readonly tlvs: ReadonlyMap<number, Buffer>;
}

/** A whole PDU that cannot be read. The next one can, because its length was right. */
export class UnreadablePdu extends Error {
  /** Its command; null when SMPP 3.4 has no such command. */
  readonly command: Command | null;
  readonly sequence: number;

  constructor(message: string, command: Command | null, sequence: number) {
    super(message);
    this.command = command;
    this.sequence = sequence;
  }
}

export function textOf(pdu: Pdu, field: string): string {
  const value = pdu.fields[field];
  return typeof value === 'string' ? value : '';
}

export function octetOf(pdu: Pdu, field: string): number {
  const value = pdu.fields[field];
  return typeof value === 'number' ? value : 0;
}

/** The number in an optional parameter of one, two or four octets; null without one. */
export function tlvNumber(pdu: Pdu, tag: number): number | null {
  const value = pdu.tlvs.get(tag);
  if (!value || value.length === 0 || value.length > 4) return null;
  return value.readUIntBE(0, value.length);
}

export function pduOf(command: Command, sequence: number, rest: Partial<Pdu> = {}): Pdu {
  return {
    command,
    sequence,
    status: 0,
    fields: {},
    short_message: Buffer.alloc(0),
    tlvs: new Map(),
    ...rest,
  };
}

/**
 * The octets of a PDU.
 * @throws RangeError when a value is longer than its field; nothing is cut off in silence.
 */
export function encodePdu(pdu: Pdu): Buffer {
  const body: Buffer[] = [];
  for (const field of FIELDS[pdu.command] ?? []) body.push(encodeField(pdu, field));
  if (HAS_TEXT.has(pdu.command)) {
    if (pdu.short_message.length > MAX_SHORT_MESSAGE) {
      throw new RangeError(`short_message has ${pdu.short_message.length} octets`);
    }
    body.push(Buffer.of(pdu.short_message.length), pdu.short_message);
  }
  for (const [tag, value] of pdu.tlvs) {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(tag, 0);
    head.writeUInt16BE(value.length, 2);
    body.push(head, value);
  }
  // A refusal has no body (SMPP 3.4, section 4.1.2 and its like).
  const octets = Buffer.concat([Buffer.alloc(HEADER_OCTETS), ...(pdu.status === 0 ? body : [])]);
  octets.writeUInt32BE(octets.length, 0);
  octets.writeUInt32BE(COMMAND_IDS[pdu.command], 4);
  octets.writeUInt32BE(pdu.status, 8);
  octets.writeUInt32BE(pdu.sequence, 12);
  return octets;
}

function encodeField(pdu: Pdu, field: Field): Buffer {
  if (field[1] === 'octet') return Buffer.of(octetOf(pdu, field[0]));
  const text = textOf(pdu, field[0]);
  const octets = Buffer.from(`${text}\0`, 'latin1');
  if (octets.length > field[2] || text.includes('\0')) {
    throw new RangeError(`${field[0]} is longer than ${field[2] - 1} letters, or holds a zero`);
  }
  return octets;
}

/**
 * Reads one whole PDU. Text fields may be longer than the standard allows, as some centres write
 * ids of a hundred letters. A body that ends early leaves its last fields out, as refusals do.
 * @throws UnreadablePdu
 */
export function decodePdu(octets: Buffer): Pdu {
  const command = COMMANDS.get(octets.readUInt32BE(4)) ?? null;
  const sequence = octets.readUInt32BE(12);
  if (!command) throw new UnreadablePdu('The command is unknown', null, sequence);
  const status = octets.readUInt32BE(8);
  const fail = (reason: string) => new UnreadablePdu(`${command}: ${reason}`, command, sequence);
  const fields: Record<string, string | number> = {};
  let at = HEADER_OCTETS;
  for (const [name, type] of FIELDS[command] ?? []) {
    if (at >= octets.length) break;
    if (type === 'octet') {
      fields[name] = octets.readUInt8(at);
      at += 1;
      continue;
    }
    const end = octets.indexOf(0, at);
    if (end === -1) throw fail(`${name} has no end`);
    fields[name] = octets.toString('latin1', at, end);
    at = end + 1;
  }
  let shortMessage = Buffer.alloc(0);
  if (HAS_TEXT.has(command) && at < octets.length) {
    const end = at + 1 + octets.readUInt8(at);
    if (end > octets.length) throw fail('sm_length is more than the PDU holds');
    shortMessage = Buffer.from(octets.subarray(at + 1, end));
    at = end;
  }
  const tlvs = new Map<number, Buffer>();
  while (at + 4 <= octets.length) {
    const end = at + 4 + octets.readUInt16BE(at + 2);
    if (end > octets.length) throw fail('an optional parameter is longer than the PDU');
    tlvs.set(octets.readUInt16BE(at), Buffer.from(octets.subarray(at + 4, end)));
    at = end;
  }
  return { command, status, sequence, fields, short_message: shortMessage, tlvs };
}
