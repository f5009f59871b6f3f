import type { Dated, EpochMs, Json } from './columns.ts';

/** One row of the webhook outbox. */
export interface DeliveriesTable extends Dated {
  sid: string;
  /** The account of the event. */
  account_sid: string;
  root_sid: string;
  /** The account whose primary token signs it. The token at the time of sending counts. */
  signing_account_sid: string;
  connect_app_sid: string | null;
  kind: string;
  /** The URL as it was given, with user name and the overrides in its fragment. */
  url: string;
  /** The host and port of the URL. Receivers are limited by it, so that none delays another. */
  host: string;
  method: 'GET' | 'POST';
  body_kind: 'form' | 'json';
  /** The parameters, or the JSON document. */
  payload: Json;
  retry: 'callback' | 'long';
  state: 'pending' | 'leased' | 'delivered' | 'dead' | 'cancelled';
  /** The reason why it is dead or cancelled. */
  reason: string | null;
  /** The number of the last attempt, over all replays. */
  attempts: number;
  /** The number of attempts since it was enqueued or replayed. The schedule goes by it. */
  tries: number;
  /** The time of the next attempt, or of the end of the lease; null when it has ended. */
  date_next: EpochMs | null;
  lease: string | null;
  /** The end of the lease in real time. Until then no other worker sends it. */
  leased_until: EpochMs | null;
  idempotency_token: string;
  created_by_grant: string | null;
}

export interface DeliveryAttemptsTable {
  delivery_sid: string;
  root_sid: string;
  number: number;
  date_created: EpochMs;
  /** The requested URL, without the password. */
  url: string;
  /** The signed text; null when no request was made. */
  signed: string | null;
  status: number | null;
  error: string | null;
  /** The beginning of the answer's body. */
  response: string | null;
  duration_ms: number;
}
