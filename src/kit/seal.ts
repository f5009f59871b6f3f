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
  /** @param row the identity of the row that the value is for; it opens for no other */
  readonly seal: (plaintext: string, row: string) => string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HASH_BYTES = 32;

/** 503: another process may hold the key, and this one is not ready (`/readyz`). */
export class MissingKey extends ApiError {
  constructor(id: string) {
    const message = `This server does not hold the secret key "${id}"; try again shortly`;
    super(503, 20503, message, { 'Retry-After': '1' });
  }
}

/**
 * Opens secrets that have to be read again, such as the auth tokens that sign webhooks.
 *
 * The cast: a ring of keys that lives outside the database. Every key opens; the one that seals
 * is named by the database, the same for all its processes (`audit/sealer.ts`). A sealed value is
 * `keyId.base64url(nonce ‖ AES-256-GCM ciphertext ‖ tag)`.
 *
 * The promise: a sealed value opens only with its key and only in the row it was sealed for,
 * because the row's identity is the additional authenticated data; a value copied into another
 * row, another slot or another version fails to open.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #randomBytes: (size: number) => Buffer;
  #current: string;
  #origin: Buffer;

  /** `keys`, the newest first, must not be empty; ids must be distinct. */
  constructor(keys: readonly SealingKey[], randomBytes: (size: number) => Buffer) {
    const [first] = keys;
    if (!first) throw new Error('a key ring needs at least one key');
    this.#keys = new Map(keys.map((key) => [key.id, key.bytes]));
    this.#randomBytes = randomBytes;
    this.#current = first.id;
    this.#origin = extract(first.bytes);
  }

  /** The names of its keys, the newest first. */
  get keyIds(): readonly [string, ...string[]] {
    return [...this.#keys.keys()] as [string, ...string[]];
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /**
   * The key that seals, as far as this process has heard: for what is kept in no row. What is
   * stored asks in its own transaction.
   */
  get currentKeyId(): string {
    return this.#current;
  }

  /** Hears which key seals now. */
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

  /** @throws MissingKey, and an error when the value was sealed for another row. */
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

  /** Bytes that depend on one key and `purpose`: for what ends with that key. */
  deriveFrom(keyId: string, purpose: string, size: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#keyOf(keyId), '', infoOf(purpose), size));
  }

  /**
   * Bytes that depend on `purpose` and the first key that the database ever had: what a development
   * world is made from, and the order of numbers on offer, which no new key changes. They are no
   * secret that protects anything.
   */
  derive(purpose: string, size: number): Buffer {
    return expand(this.#origin, infoOf(purpose), size);
  }

  /** What `derive` goes by. It says nothing of the key that it comes from. */
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

/** The first half of HKDF (RFC 5869, section 2.2), without a salt. */
function extract(key: Buffer): Buffer {
  return createHmac('sha256', Buffer.alloc(HASH_BYTES)).update(key).digest();
}

/** The second half (section 2.3), which Node has only together with the first. */
function expand(prk: Buffer, info: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let last = Buffer.alloc(0); blocks.length * HASH_BYTES < size; ) {
    const place = Buffer.of(blocks.length + 1);
    last = createHmac('sha256', prk).update(last).update(info).update(place).digest();
    blocks.push(last);
  }
  return Buffer.concat(blocks).subarray(0, size);
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
