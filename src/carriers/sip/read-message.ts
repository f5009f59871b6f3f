import { isUtf8 } from 'node:buffer';
import { type Header, header, headerOf } from './headers.ts';
import { BadMessage, type Draft, NO_BODY, readCore, type SipMessage } from './message.ts';
import { BadSyntax, isMadeOf, TOKEN, wholeNumber } from './scan.ts';
import { MAX_URI_LENGTH } from './uri.ts';

/** The limits of a message, in octets and lines. */
export const MESSAGE = {
  /** The start line and the headers together. */
  head: 32_768,
  body: 65_535,
  /** One header with its folded lines. */
  line: 8_192,
  lines: 256,
} as const;

const CR = 13;
const LF = 10;
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const VERSION = 'SIP/2.0';

/** The place behind the empty line that ends a head; -1 while it has not come. */
export function endOfHead(octets: Buffer, from = 0): number {
  const at = octets.indexOf(END_OF_HEAD, from);
  return at === -1 ? -1 : at + END_OF_HEAD.length;
}

/**
 * Reads one message of a datagram, or one that was cut from a stream. What a datagram has beyond
 * Content-Length is left out (RFC 3261 §18.3).
 * @throws BadMessage
 */
export function readMessage(octets: Buffer): SipMessage {
  const end = endOfHead(octets);
  if (end === -1) throw new BadMessage('The empty line that ends the head is missing');
  if (end > MESSAGE.head) throw new BadMessage('The head is too long', 513);
  const { draft, problem } = readHead(octets.subarray(0, end));
  if (problem) throw new BadMessage(problem.message, problem.status, draft);
  const body = bodyOf(octets.subarray(end), draft);
  const whole = { ...draft, body };
  return { ...whole, ...readCore(whole) };
}

/** Reads the head of a message, for the length of its body and for refusals. */
export function readHead(head: Buffer): { draft: Draft; problem: BadMessage | null } {
  if (!isUtf8(head)) throw new BadMessage('The head is not UTF-8');
  const [start = '', ...lines] = linesOf(head);
  const { headers, problem } = readHeaders(lines);
  const content = { headers, body: NO_BODY };
  const line = readStartLine(start);
  return { draft: { ...line.parts, ...content }, problem: line.problem ?? problem };
}

/** The lines of a head, with folded ones joined (RFC 3261 §7.3.1). */
function linesOf(head: Buffer): string[] {
  const lines: string[] = [];
  let parts: string[] = [];
  let length = 0;
  for (let from = 0; from < head.length; ) {
    const end = head.indexOf(LF, from);
    if (end < 1 || head[end - 1] !== CR) throw new BadMessage('A line does not end with CRLF');
    const line = head.toString('utf8', from, end - 1);
    from = end + 1;
    if (line.includes('\r')) throw new BadMessage('A line has a carriage return within it');
    const is_folded = parts.length > 0 && lines.length > 0 && /^[ \t]/.test(line);
    if (!is_folded && parts.length > 0) {
      lines.push(parts.join(' '));
      parts = [];
      length = 0;
    }
    parts.push(is_folded ? line.trim() : line);
    length += line.length;
    if (length > MESSAGE.line) throw new BadMessage('A line is too long', 513);
    if (lines.length > MESSAGE.lines) throw new BadMessage('There are too many lines', 513);
  }
  // The last line is the empty one.
  return lines;
}

function readHeaders(lines: readonly string[]): { headers: Header[]; problem: BadMessage | null } {
  const headers: Header[] = [];
  let problem: BadMessage | null = null;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    if (isMadeOf(name, TOKEN)) headers.push(header(name, line.slice(colon + 1).trim()));
    else problem ??= new BadMessage('A header has no name of token characters');
  }
  return { headers, problem };
}

type StartLine =
  | { readonly is: 'request'; readonly method: string; readonly uri: string }
  | { readonly is: 'response'; readonly status: number; readonly phrase: string };

function readStartLine(line: string): { parts: StartLine; problem: BadMessage | null } {
  return line.startsWith('SIP/') ? readStatusLine(line) : readRequestLine(line);
}

function readStatusLine(line: string): { parts: StartLine; problem: BadMessage | null } {
  const code = line.slice(VERSION.length + 1, VERSION.length + 4);
  const parts: StartLine = { is: 'response', status: Number(code), phrase: line.slice(12) };
  const { status } = parts;
  const is_code = status >= 100 && status <= 699 && Number.isInteger(status);
  const is_divided = line.length === 11 || line[11] === ' ';
  let problem: BadMessage | null = null;
  if (!line.startsWith(`${VERSION} `)) problem = new BadMessage('The version is not SIP/2.0', 505);
  else if (!is_code || !is_divided) problem = new BadMessage('The status is not from 100 to 699');
  return { parts, problem };
}

function readRequestLine(line: string): { parts: StartLine; problem: BadMessage | null } {
  const [method = '', uri = '', version = '', ...more] = line.split(' ', 4);
  return { parts: { is: 'request', method, uri }, problem: requestLineProblem() };

  function requestLineProblem(): BadMessage | null {
    if (more.length > 0 || method === '' || uri === '') {
      return new BadMessage('The request line has not three parts with one space between');
    }
    if (!isMadeOf(method, TOKEN)) return new BadMessage('The method is not a token');
    if (version !== VERSION) {
      const is_other = version.startsWith('SIP/');
      return new BadMessage('The version is not SIP/2.0', is_other ? 505 : 400);
    }
    if (uri.length > MAX_URI_LENGTH) return new BadMessage('The Request-URI is too long', 414);
    if (uri.startsWith('<')) return new BadMessage('The Request-URI has brackets around it');
    return null;
  }
}

/** The length that a head announces; null without one. @throws BadMessage */
export function announcedLength(draft: Draft): number | null {
  const text = headerOf(draft, 'content-length');
  if (text === null) return null;
  try {
    return wholeNumber(text, MESSAGE.body, 'Content-Length');
  } catch (error) {
    if (!(error instanceof BadSyntax)) throw error;
    throw new BadMessage(error.message, 400, draft);
  }
}

function bodyOf(rest: Buffer, draft: Draft): Buffer {
  const length = announcedLength(draft);
  if (length === null) return rest;
  if (length > rest.length)
    throw new BadMessage('The body is shorter than Content-Length', 400, draft);
  return rest.subarray(0, length);
}
