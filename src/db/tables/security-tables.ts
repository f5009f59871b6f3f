import type { EpochMs, Json } from './columns.ts';

/** An event about the security of a person, an account or the platform. Times are real times. */
export interface SecurityEventsTable {
  sid: string;
  date_created: EpochMs;
  /** `<thing>.<past participle>`. */
  kind: string;
  /** The person and the account that it concerns, if they are known. */
  person_sid: string | null;
  account_sid: string | null;
  /** The address of the peer; null when there was none. */
  address: string | null;
  detail: Json;
}

/** The networks from which a credential was used recently. */
export interface CredentialPlacesTable {
  /** The SID of the API key, or of the account of the auth token. */
  credential_sid: string;
  network: string;
  date_seen: EpochMs;
}

/** The audit log. The events of each account, and those of the platform, form a chain. */
export interface AuditEventsTable {
  sid: string;
  date_created: EpochMs;
  /** The account whose things changed; empty for the platform. */
  account_sid: string;
  root_sid: string;
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

/** The newest event in the chain of an account's audit log. */
export interface AuditChainsTable {
  account_sid: string;
  root_sid: string;
  /** The number of the oldest stored event. */
  first: number;
  /** The number and the hash of the newest event. */
  number: number;
  hash: string;
}
