import type { Bool, Dated, EpochMs } from './columns.ts';

/** A person who signs in to the console. Passwords and second factors have tables of their own. */
export interface PeopleTable extends Dated {
  sid: string;
  /** In lower case. */
  email: string;
  name: string;
  /** Whether this person runs the platform. */
  is_operator: Bool;
  /** The time since when the person may not sign in; null when they may. */
  date_disabled: EpochMs | null;
}

/** An account that a person may use. */
export interface MembershipsTable {
  person_sid: string;
  /** A main account. */
  account_sid: string;
  root_sid: string;
  date_created: EpochMs;
}

/** The tables of sign-in have real times, independent of the development clock. */
export interface PasswordsTable {
  person_sid: string;
  /** Argon2id in the PHC string format. */
  hash: string;
  date_changed: EpochMs;
}

export interface SecondFactorsTable {
  sid: string;
  person_sid: string;
  kind: 'totp' | 'passkey';
  name: string;
  /** The sealed secret of a TOTP factor, and the id of the key that sealed it. */
  sealed: string | null;
  sealed_with: string | null;
  /** The credential id and public key of a passkey, in base64url. */
  credential_id: string | null;
  public_key: string | null;
  /** The last step of a TOTP factor, or the last signature count of a passkey. */
  counter: number;
  date_created: EpochMs;
  date_last_used: EpochMs | null;
}

export interface RecoveryCodesTable {
  person_sid: string;
  digest: string;
  /** The salt of the code's digest; empty for codes that are older than salts. */
  salt: string;
}

export interface SessionsTable {
  /** The digest of the id in the cookie. The id itself is stored nowhere. */
  digest: string;
  person_sid: string;
  /** `password` means that the second factor is missing, and that nothing else may be done. */
  state: 'password' | 'full';
  /** The challenge for a passkey, while one is asked for. */
  challenge: string | null;
  user_agent: string | null;
  date_created: EpochMs;
  date_seen: EpochMs;
  /** The last time when the person proved their identity. */
  date_confirmed: EpochMs;
}

/**
 * Digests of networks that a person signed in from. Failures of strangers do not delay them there.
 */
export interface KnownNetworksTable {
  person_sid: string;
  network: string;
  date_seen: EpochMs;
}

/** Counts of failed sign-ins, by e-mail address, by network, or by both. */
export interface SignInFailuresTable {
  key: string;
  failures: number;
  /** No attempt is checked before this time. */
  date_next: EpochMs;
  date_updated: EpochMs;
}

/** An invitation, or a link to set a new password. It works once. */
export interface OneTimeLinksTable {
  digest: string;
  purpose: 'invitation' | 'password';
  email: string;
  /** The account that an invited person joins; null for a person without an account yet. */
  account_sid: string | null;
  date_created: EpochMs;
  date_expires: EpochMs;
  date_used: EpochMs | null;
}
