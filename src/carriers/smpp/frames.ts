import { HEADER_OCTETS } from './pdu.ts';

/** The longest PDU that is read. Ten joined parts of a message take a tenth of it. */
export const MAX_PDU_OCTETS = 16_384;

/** A length that no PDU has. The place of the next PDU is unknown, so the connection must end. */
export class LostFrame extends Error {}

/** Cuts the octets of a connection into whole PDUs. It holds less than one PDU between chunks. */
export class Frames {
  #held: Buffer = Buffer.alloc(0);

  /** @throws LostFrame */
  *take(chunk: Buffer): Generator<Buffer> {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    while (rest.length >= 4) {
      const length = rest.readUInt32BE(0);
      if (length < HEADER_OCTETS || length > MAX_PDU_OCTETS) {
        throw new LostFrame(`A PDU of ${length} octets was announced`);
      }
      if (rest.length < length) break;
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
    }
    this.#held = Buffer.from(rest);
  }
}
