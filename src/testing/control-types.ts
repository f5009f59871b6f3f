/** What the calls of the control API take and answer, by their documented names. */

export type Permission = 'get-all' | 'post-all';
type Method = 'GET' | 'POST';
/** A decimal number, as text so that nothing is lost. */
type Decimal = string;

export interface NewAccount {
  readonly friendly_name: string;
  readonly type?: 'Trial' | 'Full';
  /** Makes a subaccount of this main account. */
  readonly owner_account_sid?: string;
  readonly sid?: string;
  readonly auth_token?: string;
}

export interface Account {
  readonly auth_token: string;
  readonly date_created: string;
  readonly date_updated: string;
  readonly friendly_name: string;
  readonly owner_account_sid: string;
  readonly sid: string;
  readonly status: 'active' | 'suspended' | 'closed';
  readonly subresource_uris: Readonly<Record<string, string>>;
  readonly type: 'Trial' | 'Full';
  readonly uri: string;
}

export interface CreatedAccount extends Account {
  readonly test_account_sid: string;
  readonly test_auth_token: string;
}

export interface NewConnectApp {
  readonly account_sid: string;
  readonly friendly_name: string;
  readonly company_name: string;
  readonly permissions?: readonly Permission[];
  readonly description?: string;
  readonly homepage_url?: string;
  readonly terms_of_service_url?: string;
  readonly authorize_redirect_url?: string;
  readonly deauthorize_callback_url?: string;
  readonly deauthorize_callback_method?: Method;
  readonly signed_redirect?: boolean;
}

export interface ConnectApp {
  readonly account_sid: string;
  readonly authorize_redirect_url: string | null;
  readonly company_name: string | null;
  readonly deauthorize_callback_method: Method | null;
  readonly deauthorize_callback_url: string | null;
  readonly description: string | null;
  readonly friendly_name: string | null;
  readonly homepage_url: string | null;
  readonly permissions: readonly Permission[];
  readonly sid: string;
  readonly uri: string;
}

/** Which app and which customer a grant is about. */
export interface GrantOf {
  readonly connect_app_sid: string;
  readonly account_sid: string;
}

export interface Consent extends GrantOf {
  readonly state?: string;
}

export interface Authorized {
  /** The subaccount that the app acts on. */
  readonly account_sid: string;
  readonly redirect_url: string | null;
  readonly permissions: readonly Permission[];
}

export interface Denied {
  readonly redirect_url: string | null;
}

export interface Deauthorized {
  readonly account_sid: string;
  readonly delivery_id: string | null;
}

export interface UsageEvent {
  readonly account_sid: string;
  readonly category: string;
  readonly count?: number;
  readonly usage?: Decimal | number;
  readonly price?: Decimal | number;
  /** A time as 2026-03-18T23:31:36Z; now, if it is left out. */
  readonly at?: string;
  /** An event counts once for each key of its account. */
  readonly key: string;
  /** Makes it a correction of the price. */
  readonly reason?: string;
}

export interface Metered {
  readonly accepted: number;
  readonly repeated: number;
}

export interface InboundMessage {
  readonly to: string;
  readonly from: string;
  readonly body?: string;
  readonly media_urls?: readonly string[];
}

export interface Message {
  readonly account_sid: string;
  readonly api_version: string;
  readonly body: string;
  readonly date_created: string;
  readonly date_sent: string | null;
  readonly date_updated: string;
  readonly direction: string;
  readonly error_code: number | null;
  readonly error_message: string | null;
  readonly from: string | null;
  readonly messaging_service_sid: string | null;
  readonly num_media: string;
  readonly num_segments: string;
  readonly price: Decimal | null;
  readonly price_unit: string;
  readonly sid: string;
  readonly status: string;
  readonly subresource_uris: Readonly<Record<string, string>>;
  readonly to: string;
  readonly uri: string;
}

export interface InboundCall {
  readonly to: string;
  readonly from: string;
  /** What the caller enters or says, in turn. */
  readonly inputs?: readonly string[];
  readonly caller_name?: string;
  /** Seconds. */
  readonly hang_up_after?: number;
}

export interface Call {
  readonly account_sid: string;
  readonly answered_by: string | null;
  readonly api_version: string;
  readonly caller_name: string | null;
  readonly date_created: string;
  readonly date_updated: string;
  readonly direction: string;
  readonly duration: string | null;
  readonly end_time: string | null;
  readonly forwarded_from: string | null;
  readonly from: string;
  readonly from_formatted: string;
  readonly group_sid: string | null;
  readonly parent_call_sid: string | null;
  readonly phone_number_sid: string | null;
  readonly price: Decimal | null;
  readonly price_unit: string;
  readonly queue_time: string;
  readonly sid: string;
  readonly start_time: string | null;
  readonly status: string;
  readonly subresource_uris: Readonly<Record<string, string>>;
  readonly to: string;
  readonly to_formatted: string;
  readonly trunk_sid: string | null;
  readonly uri: string;
}

export type DeliveryState = 'pending' | 'leased' | 'delivered' | 'dead' | 'cancelled';

export interface DeliveryFilter {
  readonly account_sid?: string;
  readonly state?: DeliveryState;
  readonly url?: string;
}

export interface Delivery {
  readonly id: string;
  readonly account_sid: string;
  readonly connect_app_sid: string | null;
  readonly kind: string;
  readonly url: string;
  readonly method: Method;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly idempotency_token: string;
  readonly date_created: string;
  readonly date_next: string | null;
  readonly parameters: unknown;
  readonly attempts: readonly DeliveryAttempt[];
}

export interface DeliveryAttempt {
  readonly number: number;
  readonly date: string;
  readonly url: string;
  /** The text that was signed. */
  readonly signed: string | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly response: string | null;
  readonly duration_ms: number;
}

/** What moving the clock brought about. */
export interface Moved {
  readonly now: Date;
  readonly delivered: number;
  readonly pending: number;
}

export interface RouteWanted {
  /** The connection policy, `NY…`. */
  readonly policy: string;
  readonly calls?: number;
  readonly seed?: number;
}

export interface RouteShare {
  readonly sid: string;
  readonly target: string;
  readonly priority: number;
  readonly weight: number;
  readonly calls: number;
  readonly share: number;
}

export interface NewRate {
  readonly category: string;
  readonly per?: 'count' | 'usage';
  /** Null takes the rate back. */
  readonly price: Decimal | null;
  /** A day as 2026-03-18; today, if it is left out. */
  readonly from?: string;
}

export interface Rate {
  readonly category: string;
  readonly price: Decimal | null;
  readonly from: string;
}

export interface NewGrantLimit extends GrantOf {
  /** Null for none. */
  readonly monthly_limit: Decimal | number | null;
}

export interface GrantLimit {
  readonly account_sid: string;
  readonly monthly_limit: Decimal | null;
  readonly spent: Decimal;
}

export interface NewAccountLimits {
  /** Null for none. */
  readonly balance_floor: Decimal | number | null;
}

export interface Balance {
  readonly account_sid: string;
  readonly balance: Decimal;
  readonly balance_floor: Decimal | null;
}

export interface NewCredit {
  readonly amount: Decimal | number;
  readonly reason: string;
  /** It is credited once for each key. */
  readonly key: string;
}

export interface Credit {
  readonly key: string;
  readonly amount: Decimal;
  readonly reason: string;
  readonly date_created: string;
}

export interface PlatformEvent {
  readonly sid: string;
  readonly date_created: string;
  readonly actor_kind: string;
  readonly actor_sid: string | null;
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
