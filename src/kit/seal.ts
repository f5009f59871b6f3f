import { createCipheriv, createDecipheriv, hash, hkdfSync, timingSafeEqual } from 'node:crypto';

/** One key of the ring: a short public name and 32 secret bytes. */
export interface SealingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals secrets that have to be read again, such as the auth tokens that sign webhooks.
 *
 * The cast: a ring of keys that lives outside the database; the first key seals, every key
 * opens. A sealed value is `keyId.base64url(nonce ‖ AES-256-GCM ciphertext ‖ tag)`.
 *
 * The promise: a sealed value opens only with its key and only in the row it was sealed for,
 * because the row's identity is the additional authenticated data; a value copied into another
 * row, another slot or another version fails to open (reliability T23, T24).
 */
export class KeyRing {
  readonly #keys: Map<string, Buffer>;
  readonly #first: SealingKey;
  readonly #randomBytes: (size: number) => Buffer;

  /** `keys` must not be empty; ids must be distinct. */
  constructor(keys: readonly SealingKey[], randomBytes: (size: number) => Buffer) {
    const [first] = keys;
    if (!first) throw new Error('a key ring needs at least one key');
    this.#first = first;
    this.#keys = new Map(keys.map((key) => [key.id, key.bytes]));
    this.#randomBytes = randomBytes;
  }

  /** The id of the key that seals now. */
  get currentKeyId(): string {
    return this.#first.id;
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  seal(plaintext: string, row: string): string {
    const nonce = this.#randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#first.bytes, nonce).setAAD(Buffer.from(row));
    const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final()]);
    const bytes = Buffer.concat([sealed, cipher.getAuthTag()]);
    return `${this.#first.id}.${bytes.toString('base64url')}`;
  }

  /** @throws when the key is not on the ring, or the value was sealed for another row. */
  open(sealed: string, row: string): string {
    const keyId = keyIdOf(sealed);
    const key = this.#keys.get(keyId);
    if (!key) throw new Error(`the key ring has no key "${keyId}"`);
    const bytes = Buffer.from(sealed.slice(keyId.length + 1), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(row)).setAuthTag(bytes.subarray(-TAG_BYTES));
    const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  }

  /**
   * Bytes that depend only on the current key and `purpose`: what the first start of a
   * development world is made from, so that the same data folder always shows the same world.
   */
  derive(purpose: string, size: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#first.bytes, '', `tieline ${purpose}`, size));
  }
}

/** The id of the key that a value was sealed with. */
export function keyIdOf(sealed: string): string {
  return sealed.slice(0, Math.max(0, sealed.indexOf('.')));
}

/**
 * What is stored of a secret that only has to be recognised. The secrets are random and of at
 * least 128 bits, so a plain digest cannot be searched backwards; a slow password hash here
 * would only be a way to keep the server busy (docs/adr/0006).
 */
export function digestOf(secret: string): string {
  return hash('sha256', secret);
}

/** Compares two digests in a time that does not depend on where they differ. */
export function sameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
