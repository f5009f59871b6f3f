import { type Argon2Parameters, argon2, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isShared, networkOf } from '../../kit/network.ts';
import { HashingLane } from './hashing-lane.ts';
import type { KnownPlace } from './known-place.ts';

/**
 * Passwords at rest: Argon2id in the PHC string format, `$argon2id$v=19$m=…,t=…,p=…$salt$tag`.
 * Hashing takes tens of milliseconds on a thread of its own, and belongs outside of every deed.
 */

/** 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
/** The least that Argon2id takes, for passwords that cannot be guessed at any cost. */
const LEAST_COST = { memory: 8, passes: 1, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** The most hashes at the same time. They leave threads, and a core if possible, for other work. */
const HASHES_AT_ONCE = Math.max(1, Math.min(2, availableParallelism() - 1));
const HASHES_WAITING = 32;
const hashing = new HashingLane(HASHES_AT_ONCE, HASHES_WAITING);

interface Phc {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** The bits of an address that name its lane. A customer of a provider has one lane in IPv6. */
const LANE_BITS = { ipv4: 24, ipv6: 48 };

/** The lane of a hash: that of the network, or the person's own lane in a known browser. */
export function laneOf(address: string, known: KnownPlace | null): string {
  if (known?.kind === 'browser') return `browser ${known.id}`;
  return isShared(address) ? '' : networkOf(address, LANE_BITS);
}

/** The hash for unknown people: checking it costs the same work, and always fails. */
const NOBODY: Phc = { ...COST, salt: Buffer.alloc(SALT_BYTES), tag: Buffer.alloc(TAG_BYTES) };

/**
 * Hashes a password.
 * @throws ApiError 503 when too many hashes wait
 */
export async function hashPassword(
  app: { readonly randomBytes: (size: number) => Buffer },
  password: string,
  lane = '',
): Promise<string> {
  return hashAt(COST, app, password, lane);
}

/**
 * Hashes a password of 72 random bits or more. Hashing at the usual cost would delay a start and
 * protect the password no better.
 */
export async function hashRandomPassword(
  app: { readonly randomBytes: (size: number) => Buffer },
  password: string,
): Promise<string> {
  return hashAt(LEAST_COST, app, password, '');
}

async function hashAt(
  cost: Omit<Phc, 'salt' | 'tag'>,
  { randomBytes }: { readonly randomBytes: (size: number) => Buffer },
  password: string,
  lane: string,
): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await tagOf(password, { ...cost, salt, tag: Buffer.alloc(TAG_BYTES) }, lane);
  return `${costText(cost)}$${base64(salt)}$${base64(tag)}`;
}

/**
 * Whether a password fits a hash. Without a hash it does the same work and returns false, so that
 * the time does not tell whether the person exists.
 * @throws ApiError 503 when too many hashes wait
 */
export async function verifyPassword(
  hash: string | undefined,
  password: string,
  lane = '',
): Promise<boolean> {
  const stored = hash === undefined ? NOBODY : readPhc(hash);
  const isSame = timingSafeEqual(await tagOf(password, stored, lane), stored.tag);
  return isSame && hash !== undefined;
}

/** Whether a hash was made at another cost than the present ones. */
export function isOutdated(hash: string): boolean {
  return [COST, LEAST_COST].every((cost) => !hash.startsWith(`${costText(cost)}$`));
}

function tagOf(password: string, { salt, tag, ...cost }: Phc, lane: string): Promise<Buffer> {
  // The same letters are the same password, even if a keyboard composes them differently.
  const message = Buffer.from(password.normalize('NFC'));
  const parameters: Argon2Parameters = { ...cost, message, nonce: salt, tagLength: tag.length };
  return hashing.run(
    lane,
    () =>
      new Promise((resolve, reject) => {
        argon2('argon2id', parameters, (error, derived) => {
          if (error) reject(error);
          else resolve(derived);
        });
      }),
  );
}

function costText({ memory, passes, parallelism }: Omit<Phc, 'salt' | 'tag'>): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}`;
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,86})$/;

function readPhc(hash: string): Phc {
  const [, memory, passes, parallelism, salt = '', tag = ''] = PHC.exec(hash) ?? [];
  if (tag === '') throw new Error('a stored password is not an Argon2id hash');
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
