import { BadMessage } from './message.ts';
import { announcedLength, endOfHead, MESSAGE, readHead } from './read-message.ts';

/** The yield of a stream: a message, or the line breaks that ask whether the other side is there. */
export type Frame = { readonly is: 'message'; readonly octets: Buffer } | { readonly is: 'ping' };

const CR = 13;
const LF = 10;

/**
 * Cuts the octets of a connection into messages by Content-Length, which a stream needs (RFC 3261
 * §18.3). It holds less than one message between chunks.
 */
export class Frames {
  #parts: Buffer[] = [];
  #length = 0;
  /** The length of the message that is incomplete; 0 while its head is. */
  #wanted = 0;

  /** Whether a message has begun and not ended. */
  get isWithin(): boolean {
    return this.#length > 0;
  }

  /**
   * Line breaks before a message count as one ping a chunk, however many they are.
   * @throws BadMessage when the place of the next message is unknown
   */
  *take(chunk: Buffer): Generator<Frame> {
    this.#parts.push(chunk);
    this.#length += chunk.length;
    // Joining waits for the whole message, so that many small chunks cost no more than one.
    if (this.#wanted > this.#length) return;
    let rest = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    let has_ping = false;
    for (;;) {
      const start = afterBreaks(rest);
      if (start >= 4 && !has_ping) {
        has_ping = true;
        yield { is: 'ping' };
      }
      rest = rest.subarray(start);
      const length = lengthOf(rest);
      this.#wanted = length ?? 0;
      if (length === null || length > rest.length) break;
      yield { is: 'message', octets: rest.subarray(0, length) };
      rest = rest.subarray(length);
    }
    this.#parts = rest.length === 0 ? [] : [Buffer.from(rest)];
    this.#length = rest.length;
  }
}

function afterBreaks(octets: Buffer): number {
  let at = 0;
  while (octets[at] === CR && octets[at + 1] === LF) at += 2;
  return at;
}

/** The length of the message that begins here; null while its head is incomplete. */
function lengthOf(octets: Buffer): number | null {
  const end = endOfHead(octets);
  if (Math.max(end, end === -1 ? octets.length : 0) > MESSAGE.head) {
    throw new BadMessage('The head is too long', 513);
  }
  if (end === -1) return null;
  const { draft, problem } = readHead(octets.subarray(0, end));
  if (problem) throw problem;
  const length = announcedLength(draft);
  if (length === null) throw new BadMessage('Content-Length is missing on a stream');
  return end + length;
}
