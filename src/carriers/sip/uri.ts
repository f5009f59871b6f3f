import { isIPv4, isIPv6 } from 'node:net';
import { BadSyntax, characters, DIGITS, isMadeOf, Scanner, wholeNumber } from './scan.ts';

/** A `sip:` or `sips:` address. User, parameters and headers stay as they are escaped. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** Empty without a user. */
  readonly user: string;
  readonly password: string | null;
  /** In lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number | null;
  /** Names in lower case, in their order. One without a value has an empty one. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The part after `?`; empty without it. */
  readonly headers: string;
}

/** A `tel:` address (RFC 3966). */
export interface TelUri {
  readonly scheme: 'tel';
  /** Without visual separators; a global number begins with `+`. */
  readonly number: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export const MAX_URI_LENGTH = 2_048;
const MAX_PORT = 65_535;

const SCHEME = characters('+-.');
/** RFC 3261 §25.1: unreserved, escapes and what is allowed unescaped in each place. */
const UNRESERVED = "-_.!~*'()%";
const USER = characters(`${UNRESERVED}&=+$,;?/`);
const PASSWORD = characters(`${UNRESERVED}&=+$,`);
const PARAMETER = characters(`${UNRESERVED}[]/:&+$`);
const HEADERS = characters(`${UNRESERVED}[]/?:+$=&`);
const HOST_NAME = characters('-._');
const ADDRESS = characters(':.');
const PHONE = characters('+-.()*#', '0123456789ABCDEFabcdef');
const SEPARATORS = characters('-.()', '');
const HEX = characters('', '0123456789ABCDEFabcdef');

/** The scheme of an address, in lower case, or null without one. */
export function schemeOf(text: string): string | null {
  const scanner = new Scanner(text);
  const scheme = scanner.run(SCHEME);
  return scanner.peek() === ':' && scheme !== '' ? scheme.toLowerCase() : null;
}

/** @throws BadSyntax */
export function readSipUri(text: string): SipUri {
  if (text.length > MAX_URI_LENGTH) throw new BadSyntax('An address is too long');
  const scanner = new Scanner(text);
  const scheme = scanner.run(SCHEME).toLowerCase();
  if ((scheme !== 'sip' && scheme !== 'sips') || scanner.peek() !== ':') {
    throw new BadSyntax('An address does not begin with sip: or sips:');
  }
  scanner.at += 1;
  const user = readUser(scanner);
  const host = readHost(scanner, 'The host of an address');
  let port: number | null = null;
  if (scanner.peek() === ':') {
    scanner.at += 1;
    port = readPort(scanner, 'The port of an address');
  }
  const parameters = readUriParameters(scanner);
  let headers = '';
  if (scanner.peek() === '?') {
    scanner.at += 1;
    headers = escaped(scanner.token('The headers of an address', HEADERS));
  }
  if (!scanner.isAtEnd) throw new BadSyntax('An address has a character that is not allowed');
  return { scheme, ...user, host, port, parameters, headers };
}

function readUser(scanner: Scanner): { user: string; password: string | null } {
  if (!scanner.text.includes('@', scanner.at)) return { user: '', password: null };
  const user = escaped(scanner.token('The user of an address', USER));
  let password: string | null = null;
  if (scanner.peek() === ':') {
    scanner.at += 1;
    password = escaped(scanner.run(PASSWORD));
  }
  if (scanner.peek() !== '@')
    throw new BadSyntax('The user of an address has a character that is not allowed');
  scanner.at += 1;
  return { user, password };
}

/**
 * A host name or an address, in lower case and without brackets.
 * @throws BadSyntax
 */
export function readHost(scanner: Scanner, what: string): string {
  if (scanner.peek() !== '[') {
    const host = scanner.token(what, HOST_NAME).toLowerCase();
    // A name whose last label is digits could only be an IPv4 address.
    const last = host.slice(host.lastIndexOf('.') + 1);
    if (isMadeOf(last, DIGITS) && !isIPv4(host)) throw new BadSyntax(`${what} is no IPv4 address`);
    return host;
  }
  scanner.at += 1;
  const host = scanner.run(ADDRESS).toLowerCase();
  if (scanner.peek() !== ']' || !isIPv6(host)) throw new BadSyntax(`${what} is no IPv6 address`);
  scanner.at += 1;
  return host;
}

/** @throws BadSyntax */
export function readPort(scanner: Scanner, what: string): number {
  const port = wholeNumber(scanner.run(DIGITS), MAX_PORT, what);
  if (port === 0) throw new BadSyntax(`${what} is 0`);
  return port;
}

function readUriParameters(scanner: Scanner): Map<string, string> {
  const found = new Map<string, string>();
  while (scanner.peek() === ';') {
    scanner.at += 1;
    const name = escaped(scanner.token('A parameter of an address', PARAMETER)).toLowerCase();
    let value = '';
    if (scanner.peek() === '=') {
      scanner.at += 1;
      value = escaped(scanner.token(`The parameter ${name} of an address`, PARAMETER));
    }
    if (found.has(name)) throw new BadSyntax(`An address has the parameter ${name} twice`);
    found.set(name, value);
  }
  return found;
}

/** @throws BadSyntax when a percent sign begins no escape */
function escaped(text: string): string {
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at + 1)) {
    if (text.length < at + 3 || !isMadeOf(text.slice(at + 1, at + 3), HEX)) {
      throw new BadSyntax('An address has a percent sign without two hexadecimal digits');
    }
  }
  return text;
}

/** @throws BadSyntax */
export function readTelUri(text: string): TelUri {
  if (text.length > MAX_URI_LENGTH) throw new BadSyntax('An address is too long');
  const scanner = new Scanner(text);
  if (scanner.run(SCHEME).toLowerCase() !== 'tel')
    throw new BadSyntax('An address does not begin with tel:');
  scanner.at += 1;
  const written = scanner.token('The number of a tel: address', PHONE);
  const parameters = readUriParameters(scanner);
  if (!scanner.isAtEnd) throw new BadSyntax('A tel: address has a character that is not allowed');
  let number = '';
  for (const character of written)
    if (SEPARATORS[character.charCodeAt(0)] !== 1) number += character;
  if (number.startsWith('+')) {
    if (!isMadeOf(number.slice(1), DIGITS))
      throw new BadSyntax('A global number has more than digits');
  } else if (number === '' || !parameters.has('phone-context')) {
    throw new BadSyntax('A local number lacks its phone-context');
  }
  return { scheme: 'tel', number, parameters };
}

export function writeSipUri(uri: SipUri): string {
  const user = uri.password === null ? uri.user : `${uri.user}:${uri.password}`;
  let text = `${uri.scheme}:${user === '' ? '' : `${user}@`}${writeHost(uri.host, uri.port)}`;
  for (const [name, value] of uri.parameters) text += `;${name}${value === '' ? '' : `=${value}`}`;
  return uri.headers === '' ? text : `${text}?${uri.headers}`;
}

/** A host with its port, and with brackets around an IPv6 address. */
export function writeHost(host: string, port: number | null): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === null ? name : `${name}:${port}`;
}

/** A text as the user of an address, with escapes where the grammar asks for them. */
export function escapeUser(text: string): string {
  let user = '';
  for (const octet of Buffer.from(text)) {
    const character = String.fromCharCode(octet);
    const is_plain = character !== '%' && USER[octet] === 1;
    user += is_plain ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return user;
}

/** The user of an address without escapes; as it stands when they are no UTF-8. */
export function unescapeUser(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
