import { BadSyntax, characters, HOST, isMadeOf, quote, type Scanner, TOKEN } from './scan.ts';

/** The parameters of a field, by name in lower case. One without a value has an empty one. */
export type Parameters = ReadonlyMap<string, string>;

const MAX_PARAMETERS = 64;
/** A token or a host. */
const PLAIN = characters("-.!%*_+`'~:[]");

/**
 * Reads `;name=value` as often as it comes.
 * @throws BadSyntax
 */
export function readParameters(scanner: Scanner, what: string): Parameters {
  const found = new Map<string, string>();
  while (scanner.skip(';')) {
    const name = scanner.token(`A parameter of ${what}`).toLowerCase();
    if (found.has(name)) throw new BadSyntax(`${what} has the parameter ${name} twice`);
    found.set(name, scanner.skip('=') ? valueOf(scanner, `${what};${name}`) : '');
    if (found.size > MAX_PARAMETERS) throw new BadSyntax(`${what} has too many parameters`);
  }
  return found;
}

function valueOf(scanner: Scanner, what: string): string {
  return scanner.peek() === '"' ? scanner.quoted(what) : scanner.token(what, PLAIN);
}

/** Writes parameters as `readParameters` reads them. */
export function writeParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters)
    text += `;${name}${value === '' ? '' : `=${plain(value)}`}`;
  return text;
}

function plain(value: string): string {
  return isMadeOf(value, TOKEN) || isMadeOf(value, HOST) ? value : quote(value);
}

/** A list without the empty map that each call would make. */
export const NO_PARAMETERS: Parameters = new Map();
