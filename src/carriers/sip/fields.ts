import { type Parameters, readParameters, writeParameters } from './parameters.ts';
import {
  BadSyntax,
  characters,
  DIGITS,
  isMadeOf,
  quote,
  Scanner,
  TOKEN,
  wholeNumber,
} from './scan.ts';
import { readHost, readPort, writeHost } from './uri.ts';

/** A value of From, To, Contact, Route or Record-Route. */
export interface Party {
  /** Without quotes; empty without a display name. */
  readonly display: string;
  /** As it stands in the message. */
  readonly uri: string;
  readonly parameters: Parameters;
}

/** A value of Via. */
export interface Via {
  /** `UDP`, `TCP`, `TLS` or another. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | null;
  readonly parameters: Parameters;
}

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** The most values of one field, such as hops of a route. */
const MAX_VALUES = 70;
/** RFC 3261 §8.1.1.5. */
export const MAX_CSEQ = 2 ** 31 - 1;
const NAME = characters("-.!%*_+`'~ \t");

/**
 * Reads a list of names with addresses.
 * @throws BadSyntax
 */
export function readParties(text: string, what: string): Party[] {
  return readList(text, what, (scanner) => readParty(scanner, what));
}

/** @throws BadSyntax */
export function readOneParty(text: string, what: string): Party {
  const [party, ...more] = readParties(text, what);
  if (!party || more.length > 0) throw new BadSyntax(`${what} has not exactly one value`);
  return party;
}

function readParty(scanner: Scanner, what: string): Party {
  scanner.skipSpace();
  let display = '';
  if (scanner.peek() === '"') {
    display = scanner.quoted(what);
    scanner.skipSpace();
  } else if (scanner.peek() !== '<') {
    display = scanner.until('<:,;"');
    if (scanner.peek() !== '<') return bareParty(scanner, display, what);
    if (!isName(display)) throw new BadSyntax(`${what} has a display name that needs quotes`);
    display = display.trim();
  }
  if (scanner.peek() !== '<') throw new BadSyntax(`${what} lacks "<"`);
  scanner.at += 1;
  const uri = scanner.until('>');
  if (scanner.peek() !== '>') throw new BadSyntax(`${what} lacks ">"`);
  scanner.at += 1;
  checkUri(uri, what);
  return { display, uri, parameters: readParameters(scanner, what) };
}

/** Without brackets, `;` begins a parameter of the field, and no `?` may come (RFC 3261 §20.10). */
function bareParty(scanner: Scanner, start: string, what: string): Party {
  const uri = start + scanner.until(' \t;,<>"');
  if (uri.includes('?')) throw new BadSyntax(`${what} has an address with "?" that needs brackets`);
  checkUri(uri, what);
  return { display: '', uri, parameters: readParameters(scanner, what) };
}

function isName(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Octets of UTF-8 are tolerated, because many phones send names without quotes.
    if (code < 128 && NAME[code] !== 1) return false;
  }
  return true;
}

function checkUri(uri: string, what: string): void {
  const colon = uri.indexOf(':');
  if (colon < 1 || colon === uri.length - 1) throw new BadSyntax(`${what} has no address`);
  for (let at = 0; at < uri.length; at += 1) {
    const code = uri.charCodeAt(at);
    if (code <= 0x20 || code === 0x7f || code === 0x22 || code === 0x3c) {
      throw new BadSyntax(`The address in ${what} has a character that is not allowed`);
    }
  }
}

/** @throws BadSyntax */
export function readVias(text: string): Via[] {
  return readList(text, 'Via', readVia);
}

function readVia(scanner: Scanner): Via {
  const name = scanner.skipSpace().token('Via');
  scanner.demand('/', 'Via');
  const version = scanner.token('Via');
  scanner.demand('/', 'Via');
  if (name.toUpperCase() !== 'SIP' || version !== '2.0') throw new BadSyntax('Via is not SIP/2.0');
  const transport = scanner.token('Via').toUpperCase();
  scanner.skipSpace();
  const host = readHost(scanner, 'The host in Via');
  scanner.skipSpace();
  const port = scanner.skip(':') ? readPort(scanner, 'The port in Via') : null;
  return { transport, host, port, parameters: readParameters(scanner, 'Via') };
}

/** @throws BadSyntax */
export function readCSeq(text: string): CSeq {
  const scanner = new Scanner(text).skipSpace();
  const number = wholeNumber(scanner.run(DIGITS), MAX_CSEQ, 'The number in CSeq');
  const after = scanner.at;
  if (scanner.skipSpace().at === after) throw new BadSyntax('CSeq lacks a space after its number');
  const method = scanner.token('The method in CSeq');
  scanner.end('CSeq');
  return { number, method };
}

/**
 * The values of a field whose values are words with parameters, such as Supported, in lower case.
 * It never throws: a field that only informs must not end a call.
 */
export function readWords(text: string): string[] {
  const words: string[] = [];
  const scanner = new Scanner(text);
  do {
    const word = scanner.skipSpace().run(TOKEN);
    if (word !== '') words.push(word.toLowerCase());
    scanner.until(',');
  } while (scanner.skip(',') && words.length < MAX_VALUES);
  return words;
}

function readList<T>(text: string, what: string, read: (scanner: Scanner) => T): T[] {
  const scanner = new Scanner(text);
  const values = [read(scanner)];
  while (scanner.skip(',')) {
    values.push(read(scanner));
    if (values.length > MAX_VALUES) throw new BadSyntax(`${what} has too many values`);
  }
  scanner.end(what);
  return values;
}

export function writeParty({ display, uri, parameters }: Party): string {
  const name = display === '' ? '' : `${isMadeOf(display, TOKEN) ? display : quote(display)} `;
  return `${name}<${uri}>${writeParameters(parameters)}`;
}

export function writeVia({ transport, host, port, parameters }: Via): string {
  return `SIP/2.0/${transport} ${writeHost(host, port)}${writeParameters(parameters)}`;
}

/** The tag of a party; null without one. */
export function tagOf(party: Party): string | null {
  return party.parameters.get('tag') ?? null;
}
