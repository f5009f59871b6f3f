import type { Dated, EpochMs, Json } from './columns.ts';

/** One row of the webhook outbox. */
export interface DeliveriesTable extends Dated {
  sid: string;
  /** The account that it is about. */
  account_sid: string;
  /** Whose primary token signs it, as it is when it is sent. */
  signing_account_sid: string;
  connect_app_sid: string | null;
  kind: string;
  /** As it was given, with the user name and the overrides in its fragment. */
  url: string;
  /** The host and port that it goes to, by which receivers are kept from delaying each other. */
  host: string;
  method: 'GET' | 'POST';
  body_kind: 'form' | 'json';
  /** The parameters, or the JSON document. */
  payload: Json;
  retry: 'callback' | 'long';
  state: 'pending' | 'leased' | 'delivered' | 'dead' | 'cancelled';
  /** Why it is dead or cancelled. */
  reason: string | null;
  /** How often it was claimed to be sent, in all; the number of the last attempt. */
  attempts: number;
  /** The same since it was enqueued or replayed; the schedule goes by it. */
  tries: number;
  /** When it falls due: the next attempt, or the end of the lease; null: it has ended. */
  date_next: EpochMs | null;
  lease: string | null;
  /** Of what is leased: until when nobody else sends it, in real time. */
  leased_until: EpochMs | null;
  idempotency_token: string;
  created_by_grant: string | null;
}

export interface DeliveryAttemptsTable {
  delivery_sid: string;
  number: number;
  date_created: EpochMs;
  /** What was requested, without the password. */
  url: string;
  /** The text that was signed; null: it came to no request. */
  signed: string | null;
  status: number | null;
  error: string | null;
  /** The beginning of the answer's body. */
  response: string | null;
  duration_ms: number;
}
