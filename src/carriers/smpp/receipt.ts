import { octetOf, type Pdu, TLV, textOf, tlvNumber } from './pdu.ts';
import { type SmppErrorCode, verdictOf } from './statuses.ts';

/** A report of the centre about one part of a message. */
export interface SmppReceipt {
  /** The id of the part in every form in which the answer to `submit_sm` may have had it. */
  readonly refs: readonly string[];
  /** `buffered` says that the centre still tries. The other states are final. */
  readonly state: 'buffered' | 'delivered' | 'undelivered' | 'failed';
  readonly code: SmppErrorCode | null;
  /** The carrier's own words, for the timeline. */
  readonly detail: string;
}

/** The relation of ids in receipts to those in answers. */
export type Ids = 'same' | 'resp-hex' | 'resp-decimal' | 'unknown';

/** The most of a carrier's words that are kept. */
const MAX_DETAIL = 160;
/** A receipt by esm_class (SMPP 3.4, section 5.2.12); 0x20 reports an intermediate state. */
const RECEIPT_BITS = 0x3c;
const RECEIPT = 0x04;
const INTERMEDIATE = 0x20;

/** The states of `message_state` (SMPP 3.4, section 5.2.28), and how texts begin them. */
const STATES = [
  { number: 1, word: 'ENROUTE', state: 'buffered' },
  { number: 2, word: 'DELIV', state: 'delivered' },
  { number: 3, word: 'EXPIR', state: 'undelivered' },
  { number: 4, word: 'DELET', state: 'undelivered' },
  { number: 5, word: 'UNDEL', state: 'undelivered' },
  { number: 6, word: 'ACCEP', state: 'buffered' },
  { number: 7, word: 'UNKN', state: 'undelivered' },
  { number: 8, word: 'REJ', state: 'failed' },
  { number: 0, word: 'SCHED', state: 'buffered' },
  { number: 9, word: 'SKIP', state: 'undelivered' },
  { number: -1, word: 'BUFFER', state: 'buffered' },
  { number: -1, word: 'FAIL', state: 'failed' },
] as const;

/** The reason behind each bad state that names one by itself. */
const STATE_CODES: Readonly<Record<string, SmppErrorCode>> = { EXPIR: 30036, REJ: 30007 };

/**
 * Causes of GSM MAP, as most centres report them in `err` and in `network_error_code`.
 * Carriers differ; a cause that is not here stays 30008, with the carrier's words beside it.
 */
const CAUSES: ReadonlyMap<number, SmppErrorCode> = new Map([
  [1, 30005],
  [5, 30005],
  [6, 30003],
  [9, 30005],
  [11, 30006],
  [13, 30004],
  [21, 30006],
  [27, 30003],
  [28, 30003],
  [31, 30003],
  [32, 30003],
  [33, 30003],
]);

/** Reads a `deliver_sm` or `data_sm` as a receipt; null when it is a message. */
export function readReceipt(pdu: Pdu, text: string, ids: Ids): SmppReceipt | null {
  const kind = octetOf(pdu, 'esm_class') & RECEIPT_BITS;
  const tlvId = pdu.tlvs.get(TLV.receipted_message_id)?.toString('latin1').replace(/\0.*$/s, '');
  const tlvState = tlvNumber(pdu, TLV.message_state);
  const isMarked = (kind & (RECEIPT | INTERMEDIATE)) !== 0 || (tlvId && tlvState !== null);
  // A person can write the text of a receipt, so a text alone is no receipt.
  if (!isMarked) return null;
  const told = readText(text);
  const ref = tlvId || told.id;
  const found =
    STATES.find(({ number }) => number === tlvState) ??
    STATES.find(({ word }) => told.stat.startsWith(word));
  if (!ref || !found) return null;
  const isGood = found.state === 'delivered' || found.state === 'buffered';
  const isOver = kind !== INTERMEDIATE;
  const detail = (factsIn(text) ?? found.word).slice(0, MAX_DETAIL);
  return {
    refs: refsOf(ref, ids),
    state: isOver ? found.state : 'buffered',
    code: isGood || !isOver ? null : codeOf(pdu, told.err, found.word),
    detail: detail.replaceAll(/[\p{Cc}]/gu, ' '),
  };
}

/**
 * The words of a receipt without the first letters of the message, which many carriers quote in it.
 * A timeline keeps these words longer than a message keeps its body. Null for what is no receipt.
 */
export function factsIn(text: string): string | null {
  const facts = withoutMessage(text);
  if (/\b(?:id|stat|err)\s*[:=]/i.test(facts)) return facts;
  const values = facts.split(',');
  const place = placeOfState(values);
  return place < 1 ? null : values.slice(0, place + 2).join();
}

/** The text before the message that it quotes. The quote stands last and may hold anything. */
export function withoutMessage(text: string): string {
  return text.split(/\btext\s*[:=]/i)[0]?.trim() ?? '';
}

interface Told {
  readonly id: string;
  readonly stat: string;
  readonly err: string;
}

/**
 * The text of a receipt (SMPP 3.4, appendix B): `id:… stat:… err:…` in any order and case, with
 * spaces around the colons or not. Some carriers write the values alone, with commas.
 */
function readText(text: string): Told {
  const told = new Map<string, string>();
  const facts = withoutMessage(text);
  for (const [, name = '', value = ''] of facts.matchAll(/\b(id|stat|err)\s*[:=]\s*([^\s,;]*)/gi)) {
    const key = name.toLowerCase();
    if (!told.has(key)) told.set(key, value);
  }
  if (!told.has('id') && text.includes(',')) return readCommas(text);
  return {
    id: told.get('id') ?? '',
    stat: (told.get('stat') ?? '').toUpperCase(),
    err: told.get('err') ?? '',
  };
}

/** `id,sub,dlvrd,submit date,done date,stat,err,text`: the values of appendix B without names. */
function readCommas(text: string): Told {
  const values = text.split(',').map((value) => value.trim());
  const place = placeOfState(values);
  if (place < 1) return { id: '', stat: '', err: '' };
  const stat = values[place]?.toUpperCase() ?? '';
  return { id: values[0] ?? '', stat, err: values[place + 1] ?? '' };
}

function placeOfState(values: readonly string[]): number {
  const isState = (value: string) => STATES.some(({ word }) => value.startsWith(word));
  return values.findIndex((value) => isState(value.trim().toUpperCase()));
}

/** `err` is decimal for most carriers and hex for some; `network_error_code` has a network first. */
function codeOf(pdu: Pdu, err: string, word: string): SmppErrorCode {
  const network = pdu.tlvs.get(TLV.network_error_code);
  const byNetwork = network?.length === 3 ? CAUSES.get(network.readUInt16BE(1)) : undefined;
  return byNetwork ?? reasonOf(err, word);
}

function reasonOf(err: string, word: string): SmppErrorCode {
  const number = /^\d+$/.test(err) ? Number(err) : Number.parseInt(err.replace(/^0x/i, ''), 16);
  return STATE_CODES[word] ?? CAUSES.get(number) ?? 30008;
}

/** The reason in the words that a gateway passes on: those of a receipt, or a refused submission. */
export function reasonIn(text: string): SmppErrorCode {
  const [, status] = /^NACK\/(?:0x)?([0-9a-f]{1,8})\b/i.exec(text) ?? [];
  if (status !== undefined) {
    const verdict = verdictOf(Number.parseInt(status, 16));
    return verdict.is === 'refused' ? verdict.code : 30008;
  }
  const { err, stat } = readText(text);
  const { word = '' } = STATES.find((one) => stat.startsWith(one.word)) ?? {};
  return reasonOf(err, word);
}

/** Ids without leading zeros and in small letters, so that both sides write them alike. */
export function plainRef(ref: string): string {
  return ref
    .trim()
    .toLowerCase()
    .replace(/^0+(?=.)/, '');
}

/** The forms that an id of a receipt may have in the answer: alike, hex, or decimal. */
function refsOf(ref: string, ids: Ids): string[] {
  const plain = plainRef(ref);
  const isDecimal = /^\d{1,20}$/.test(plain);
  const isHex = /^[0-9a-f]{1,16}$/.test(plain);
  const hex = isDecimal ? BigInt(plain).toString(16) : null;
  const decimal = isHex ? BigInt(`0x${plain}`).toString() : null;
  const forms: Record<Ids, (string | null)[]> = {
    same: [plain],
    'resp-hex': [hex ?? plain],
    'resp-decimal': [decimal ?? plain],
    unknown: [plain, hex, decimal],
  };
  return [...new Set(forms[ids].filter((form) => form !== null))];
}

/** The id of `submit_sm_resp`, as receipts are compared with it; null without one. */
export function submittedRef(answer: Pdu): string | null {
  const id = textOf(answer, 'message_id');
  return id.trim() === '' ? null : plainRef(id);
}
