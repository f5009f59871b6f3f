import { randomBytes, timingSafeEqual } from 'node:crypto';

/** One browser, signed in or not. */
export interface Session {
  readonly id: string;
  /** Who signed in; null: nobody has yet. */
  readonly user: string | null;
  /** In every form of this app, so that no other site's form counts. */
  readonly form_token: string;
  /** What the Connect button carries, and what has to come back with the customer. */
  state: string;
  /** Shown once on the next page. */
  message: Message | null;
}

export interface Message {
  readonly kind: 'good' | 'bad';
  readonly text: string;
  /** What the platform sent along; for developers. */
  readonly detail?: string;
}

const MAX_SESSIONS = 1_000;
const MAX_CUSTOMERS = 1_000;
const MAX_NONCES = 1_000;
const SECRET_BYTES = 24;

const secret = () => randomBytes(SECRET_BYTES).toString('base64url');

/**
 * What this app remembers. A real one keeps it in a database; here it ends with the process, and
 * the oldest goes when there is too much.
 */
export class DemoMemory {
  readonly #sessions = new Map<string, Session>();
  /** The AccountSid that each user gave this app. It is user data: nobody else gets to see it. */
  readonly #customers = new Map<string, string>();
  /** Users whose account was taken back, so that the next page tells them. */
  readonly #revoked = new Set<string>();
  readonly #nonces = new Set<string>();

  session(id: string | undefined): Session | undefined {
    return id === undefined ? undefined : this.#sessions.get(id);
  }

  /** A session always gets a new id when somebody signs in or out, so that none can be planted. */
  begin(user: string | null, before?: Session): Session {
    if (before) this.#sessions.delete(before.id);
    const session = { id: secret(), user, form_token: secret(), state: secret(), message: null };
    this.#sessions.set(session.id, session);
    forgetOldest(this.#sessions, MAX_SESSIONS);
    return session;
  }

  /** Every answer of the platform gets a state of its own. */
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

  /** Whether a nonce is seen for the first time. */
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

/** Compares secrets in a time that says nothing of where they differ. */
export function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
