import { BadMessage } from '../../../src/carriers/sip/message.ts';
import { readMessage } from '../../../src/carriers/sip/read-message.ts';
import { refuseRequest } from '../../../src/carriers/sip/refuse-request.ts';
import { request } from './sip-text.ts';

/** Texts that end in what no rule allows, so that a reader which goes back would go back far. */
export const STORMS: Readonly<Record<string, (size: number) => Buffer>> = {
  'spaces in Via': (n) => request({ with: { Via: `SIP/2.0/UDP${' '.repeat(n)}` } }),
  'spaces before a host': (n) =>
    request({ with: { Via: `SIP/2.0/UDP${' '.repeat(n)}a.example;branch=z9hG4bKx` } }),
  'spaces after a party': (n) => request({ with: { From: `<sip:a@b>${' '.repeat(n)};tag=x` } }),
  'letters of a tag': (n) => request({ with: { From: `<sip:a@b>;tag=${'x'.repeat(n)}` } }),
  'spaces in From': (n) => request({ with: { From: `a${' '.repeat(n)}b` } }),
  'quotes in To': (n) => request({ with: { To: '"'.repeat(n) } }),
  'escapes in To': (n) => request({ with: { To: `"${'\\a'.repeat(n / 2)}` } }),
  'parameters of Contact': (n) => request({ with: { Contact: `<sip:a@b>${' ;'.repeat(n / 2)}` } }),
  'commas in Route': (n) => request({ more: [`Route: ${'<sip:a>,'.repeat(n / 8)}`] }),
  'brackets in Contact': (n) => request({ with: { Contact: '<'.repeat(n) } }),
  folds: (n) => request({ more: [`X: a${'\r\n '.repeat(n / 3)}`] }),
  colons: (n) => request({ more: [':'.repeat(n)] }),
  'percent signs': (n) => request({ uri: `sip:${'%41'.repeat(n / 3)}%4` }),
  'slashes in Via': (n) => request({ with: { Via: `SIP${' /'.repeat(n / 2)}` } }),
  'words of Require': (n) => request({ more: [`Require: ${';,'.repeat(n / 2)}`] }),
  'ends of lines': (n) => Buffer.from('a\r\n'.repeat(n)),
  'parameters of the Request-URI': (n) =>
    request({ uri: `sip:a@b${Array.from({ length: n / 5 }, (_, at) => `;a${at}`).join('')}` }),
};

/** Reads one storm of about `size` octets. A reader may refuse it, and must not fail otherwise. */
export function run(name: string, size: number): void {
  const octets = STORMS[name]?.(size);
  if (!octets) throw new Error(`There is no storm named ${name}`);
  try {
    const read = readMessage(octets);
    if (read.is === 'request') refuseRequest(read);
  } catch (error) {
    if (!(error instanceof BadMessage)) throw error;
  }
}
