import { randomBytes, timingSafeEqual } from 'node:crypto';

/** The session of one browser, signed in or not. */
export interface Session {
  readonly id: string;
  /** The signed-in user; null before a login. */
  readonly user: string | null;
  /** A secret in every form of this app, so that forms of other sites are refused. */
  readonly form_token: string;
  /** The `state` of the Connect button, which the customer's browser must bring back. */
  state: string;
  /** A message for the next page, shown once. */
  message: Message | null;
}

export interface Message {
  readonly kind: 'good' | 'bad';
  readonly text: string;
  /** The platform's own words, for developers. */
  readonly detail?: string;
}

const MAX_SESSIONS = 1_000;
const MAX_CUSTOMERS = 1_000;
const MAX_NONCES = 1_000;
const SECRET_BYTES = 24;

const secret = () => randomBytes(SECRET_BYTES).toString('base64url');

/**
 * The memory of this app. A real app uses a database. This one loses its data with the process, and
 * drops the oldest entries when there are too many.
 */
export class DemoMemory {
  readonly #sessions = new Map<string, Session>();
  /** The AccountSid of each user. It is personal data, so no other user sees it. */
  readonly #customers = new Map<string, string>();
  /** Users whose account was revoked. The next page tells them so. */
  readonly #revoked = new Set<string>();
  readonly #nonces = new Set<string>();

  session(id: string | undefined): Session | undefined {
    return id === undefined ? undefined : this.#sessions.get(id);
  }

  /** Begins a session. Every login and logout gets a new id, so that nobody can plant an id. */
  begin(user: string | null, before?: Session): Session {
    if (before) this.#sessions.delete(before.id);
    const session = { id: secret(), user, form_token: secret(), state: secret(), message: null };
    this.#sessions.set(session.id, session);
    forgetOldest(this.#sessions, MAX_SESSIONS);
    return session;
  }

  /** Renews the state, so that each answer of the platform has a different one. */
  renewState(session: Session): void {
    session.state = secret();
  }

  accountOf(user: string): string | null {
    return this.#customers.get(user) ?? null;
  }

  userOf(account_sid: string): string | null {
    for (const [user, sid] of this.#customers) if (sid === account_sid) return user;
    return null;
  }

  connect(user: string, account_sid: string): void {
    this.#customers.delete(user);
    this.#customers.set(user, account_sid);
    this.#revoked.delete(user);
    forgetOldest(this.#customers, MAX_CUSTOMERS);
  }

  disconnect(user: string): void {
    this.#customers.delete(user);
  }

  revoke(user: string): void {
    this.#customers.delete(user);
    this.#revoked.add(user);
    forgetOldest(this.#revoked, MAX_CUSTOMERS);
  }

  wasRevoked(user: string): boolean {
    return this.#revoked.has(user);
  }

  /** Whether a nonce is new. */
  isNew(nonce: string): boolean {
    const isNew = !this.#nonces.has(nonce);
    this.#nonces.add(nonce);
    forgetOldest(this.#nonces, MAX_NONCES);
    return isNew;
  }
}

function forgetOldest(kept: Map<string, unknown> | Set<string>, most: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(key);
  }
}

/** Compares secrets in constant time, so that the time does not reveal the first difference. */
export function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
