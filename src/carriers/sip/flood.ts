import ipaddr from 'ipaddr.js';

/** The INVITEs that one source may send at once, and in a second. */
const MOST = 600;
/** An INVITE that was refused counts as so many, so a stranger may send about ten in a second. */
const REFUSED_COST = 60;
/** The sources that are kept in mind; the one that was silent longest is forgotten. */
const MAX_SOURCES = 10_000;
/** The network of one customer in IPv6 (RFC 6177), in octets. */
const NETWORK_OCTETS = 8;

interface Bucket {
  left: number;
  at: number;
}

/** Counts the INVITEs of each source, in bounded memory. */
export class Flood {
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param now milliseconds that never go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one INVITE. @returns whether it may be served */
  admits(address: string): boolean {
    const bucket = this.#bucketOf(address);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  /** The last INVITE of a source was refused. */
  refused(address: string): void {
    this.#bucketOf(address).left -= REFUSED_COST - 1;
  }

  #bucketOf(address: string): Bucket {
    const name = nameOf(address);
    const now = this.#now();
    const before = this.#buckets.get(name);
    const passed = before ? (now - before.at) / 1_000 : 0;
    const left = before ? Math.min(MOST, before.left + passed * MOST) : MOST;
    const bucket = { left, at: now };
    this.#buckets.delete(name);
    if (this.#buckets.size >= MAX_SOURCES) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

/** One machine in IPv4, and one network in IPv6, whose owner has any number of addresses. */
function nameOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  const octets = parsed.toByteArray();
  return octets.length === 4 ? parsed.toString() : octets.slice(0, NETWORK_OCTETS).join('.');
}
