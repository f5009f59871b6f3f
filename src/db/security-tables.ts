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
