import type { Bool, Dated, EpochMs } from './columns.ts';

/** Who signs in to the console. Passwords and other proofs have tables of their own. */
export interface PeopleTable extends Dated {
  sid: string;
  /** In lower case. */
  email: string;
  name: string;
  /** Whether this person runs the platform. */
  is_operator: Bool;
  /** Since when the person may not sign in; null: they may. */
  date_disabled: EpochMs | null;
}

/** Whose accounts a person may use. */
export interface MembershipsTable {
  person_sid: string;
  /** A main account. */
  account_sid: string;
  date_created: EpochMs;
}

/** Times in the tables of sign-in are real ones, whatever the development clock shows. */
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
  /** Of a TOTP factor: its secret, and the id of the key that sealed it. */
  sealed: string | null;
  sealed_with: string | null;
  /** Of a passkey, both in base64url. */
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
  /** What the code was digested with; empty for codes from before there were salts. */
  salt: string;
}

export interface SessionsTable {
  /** Of the id in the cookie, which is stored nowhere. */
  digest: string;
  person_sid: string;
  /** `password`: the second factor is still to come, and nothing else may be done. */
  state: 'password' | 'full';
  /** Of a passkey that is being asked for. */
  challenge: string | null;
  user_agent: string | null;
  date_created: EpochMs;
  date_seen: EpochMs;
  /** When the person last proved who they are. */
  date_confirmed: EpochMs;
}

/** The networks that a person signed in from, by digest: strangers' failures elsewhere do not slow them. */
export interface KnownNetworksTable {
  person_sid: string;
  network: string;
  date_seen: EpochMs;
}

/** How often signing in failed, by address, network, or both. */
export interface SignInFailuresTable {
  key: string;
  failures: number;
  /** No attempt is looked at before. */
  date_next: EpochMs;
  date_updated: EpochMs;
}

/** An invitation, or a way to set a new password, that works once. */
export interface OneTimeLinksTable {
  digest: string;
  purpose: 'invitation' | 'password';
  email: string;
  /** What the invited person joins; null: no account yet. */
  account_sid: string | null;
  date_created: EpochMs;
  date_expires: EpochMs;
  date_used: EpochMs | null;
}
