import type { EpochMs, Json } from './columns.ts';

/** What concerns the security of a person, an account or the platform. Times are real ones. */
export interface SecurityEventsTable {
  sid: string;
  date_created: EpochMs;
  /** `<thing>.<past participle>`. */
  kind: string;
  /** Whom it concerns, as far as they are known. */
  person_sid: string | null;
  account_sid: string | null;
  /** Of the peer that it came from; null: of none. */
  address: string | null;
  detail: Json;
}

/** The networks that a credential was used from lately. */
export interface CredentialPlacesTable {
  /** Of the API key, or of the account whose auth token it was. */
  credential_sid: string;
  network: string;
  date_seen: EpochMs;
}

/** Who changed what: the rows of a chain for each account, and one for the platform. */
export interface AuditEventsTable {
  sid: string;
  date_created: EpochMs;
  /** The account whose things changed; empty: the platform's. */
  account_sid: string;
  actor_kind: 'account' | 'key' | 'connect_app' | 'person' | 'operator' | 'system';
  /** The account, key, app or person that acted; null for the operator and the system. */
  actor_sid: string | null;
  grant_sid: string | null;
  action: string;
  target_sid: string | null;
  detail: Json;
  /** Its place in the log of its account, from 1 on. */
  number: number;
  /** The hash of the event before it; empty for the first. */
  previous: string;
}

/** Where the chain of an account's audit log ends. */
export interface AuditChainsTable {
  account_sid: string;
  /** The number of the oldest event that is kept. */
  first: number;
  /** Of the newest event. */
  number: number;
  hash: string;
}
