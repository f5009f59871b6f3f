import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';
import { ApiError } from './api-error.ts';

/** One key of the ring: a short public name and 32 secret bytes. */
export interface SealingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Seals with one key of a ring. */
export interface Sealer {
  readonly key_id: string;
  /** @param row the identity of the value's row; the value opens for no other row */
  readonly seal: (plaintext: string, row: string) => string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HASH_BYTES = 32;

/** 503: this process lacks the key and is not ready (`/readyz`); another process may hold it. */
export class MissingKey extends ApiError {
  constructor(id: string) {
    const message = `This server does not hold the secret key "${id}"; try again shortly`;
    super(503, 20503, message, { headers: { 'Retry-After': '1' } });
  }
}

/**
 * Seals and opens secrets that must be read again, such as the auth tokens that sign webhooks.
 *
 * How it works: the ring of keys is outside of the database. Every key of the ring can open. The
 * database names the key that seals, the same for all its processes (`audit/sealer.ts`). A sealed
 * value is `keyId.base64url(nonce ‖ AES-256-GCM ciphertext ‖ tag)`.
 *
 * Its promise: a sealed value opens only with its key and only for its row, because the row's
 * identity is the additional authenticated data. A value that was copied into another row, slot or
 * version does not open.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #randomBytes: (size: number) => Buffer;
  #current: string;
  #origin: Buffer;

  /** @param keys at least one, newest first, with distinct ids */
  constructor(keys: readonly SealingKey[], randomBytes: (size: number) => Buffer) {
    const [first] = keys;
    if (!first) throw new Error('a key ring needs at least one key');
    this.#keys = new Map(keys.map((key) => [key.id, key.bytes]));
    this.#randomBytes = randomBytes;
    this.#current = first.id;
    this.#origin = extract(first.bytes);
  }

  /** The names of its keys, newest first. */
  get keyIds(): readonly [string, ...string[]] {
    return [...this.#keys.keys()] as [string, ...string[]];
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /**
   * The key that seals, by the last news of this process. It is for values that are not stored in a
   * row. A stored value asks for the key in its own transaction.
   */
  get currentKeyId(): string {
    return this.#current;
  }

  /** Sets the key that seals now. */
  follow(keyId: string): void {
    if (this.has(keyId)) this.#current = keyId;
  }

  /** @throws MissingKey */
  sealer(keyId: string = this.#current): Sealer {
    const key = this.#keyOf(keyId);
    return {
      key_id: keyId,
      seal: (plaintext, row) => {
        const nonce = this.#randomBytes(NONCE_BYTES);
        const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(row));
        const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final()]);
        const bytes = Buffer.concat([sealed, cipher.getAuthTag()]);
        return `${keyId}.${bytes.toString('base64url')}`;
      },
    };
  }

  /** @throws MissingKey, and an error when the value was sealed for another row */
  open(sealed: string, row: string): string {
    const keyId = keyIdOf(sealed);
    const key = this.#keyOf(keyId);
    const bytes = Buffer.from(sealed.slice(keyId.length + 1), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(row)).setAuthTag(bytes.subarray(-TAG_BYTES));
    const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  }

  /** Bytes that depend on one key and on `purpose`. They are for values that end with that key. */
  deriveFrom(keyId: string, purpose: string, size: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#keyOf(keyId), '', infoOf(purpose), size));
  }

  /**
   * Bytes that depend on `purpose` and on the first key of the database. A new key does not change
   * them. A development world and the order of numbers on offer are made from them. They protect no
   * secret.
   */
  derive(purpose: string, size: number): Buffer {
    return expand(this.#origin, infoOf(purpose), size);
  }

  /** The input of `derive`. It does not reveal the key that it comes from. */
  get origin(): string {
    return this.#origin.toString('base64');
  }

  set origin(text: string) {
    this.#origin = Buffer.from(text, 'base64');
  }

  #keyOf(keyId: string): Buffer {
    const key = this.#keys.get(keyId);
    if (!key) throw new MissingKey(keyId);
    return key;
  }
}

const infoOf = (purpose: string) => `tieline ${purpose}`;

/** The first half of HKDF (RFC 5869 §2.2), without a salt. */
function extract(key: Buffer): Buffer {
  return createHmac('sha256', Buffer.alloc(HASH_BYTES)).update(key).digest();
}

/** The second half of HKDF (RFC 5869 §2.3). Node offers both halves only together. */
function expand(prk: Buffer, info: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let last = Buffer.alloc(0); blocks.length * HASH_BYTES < size; ) {
    const place = Buffer.of(blocks.length + 1);
    last = createHmac('sha256', prk).update(last).update(info).update(place).digest();
    blocks.push(last);
  }
  return Buffer.concat(blocks).subarray(0, size);
}

/** The id of the key that sealed a value. */
export function keyIdOf(sealed: string): string {
  return sealed.slice(0, Math.max(0, sealed.indexOf('.')));
}

/**
 * The stored digest of a secret that must only be recognised. The secrets are random with at least
 * 128 bits, so nobody can find one from its digest. A slow password hash would only let strangers
 * keep the server busy (docs/adr/0006).
 */
export function digestOf(secret: string): string {
  return hash('sha256', secret);
}

/** Compares two digests in constant time. */
export function sameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
