/** Generated from the schemas of the control API by `npm run control-types`. */

export type Permission = 'get-all' | 'post-all';

/**
 * The input of `ControlCreateAccount`: makes an account: a main one, or a subaccount of
 * owner_account_sid.
 */
export interface NewAccount {
  readonly friendly_name: string;
  readonly type?: 'Trial' | 'Full';
  /** The main account, if the new account is a subaccount. */
  readonly owner_account_sid?: string;
  readonly sid?: string;
  readonly auth_token?: string;
}

/** The answer of `ControlCreateAccount`. */
export interface CreatedAccount {
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
  readonly test_account_sid: string;
  readonly test_auth_token: string;
}

/** The input of `ControlListAccounts`: the accounts with their auth tokens, newest first. */
export interface AccountFilter {
  /** A main account, with its subaccounts. */
  readonly owner_account_sid?: string;
}

/** The answer of `ControlUpgradeAccount`. */
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

/** The input of `ControlCreateConnectApp`: makes a Connect app of an upgraded main account. */
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
  readonly deauthorize_callback_method?: 'GET' | 'POST';
  readonly signed_redirect?: boolean;
}

/** The answer of `ControlCreateConnectApp`. */
export interface ConnectApp {
  readonly account_sid: string;
  readonly authorize_redirect_url: string | null;
  readonly company_name: string | null;
  readonly deauthorize_callback_method: 'GET' | 'POST' | null;
  readonly deauthorize_callback_url: string | null;
  readonly description: string | null;
  readonly friendly_name: string | null;
  readonly homepage_url: string | null;
  readonly permissions: readonly Permission[];
  readonly sid: string;
  readonly uri: string;
}

/**
 * The input of `ControlDeauthorize`: the revoke: the customer account_sid ends its grant to
 * the app.
 */
export interface GrantOf {
  readonly connect_app_sid: string;
  readonly account_sid: string;
}

/**
 * The input of `ControlAuthorize`: the consent in one call: the customer account_sid
 * authorises the app.
 */
export interface Consent {
  readonly connect_app_sid: string;
  readonly account_sid: string;
  readonly state?: string;
}

/** The answer of `ControlAuthorize`. */
export interface Authorized {
  /** The subaccount in which the app acts. */
  readonly account_sid: string;
  readonly redirect_url: string | null;
  readonly permissions: readonly Permission[];
}

/** The answer of `ControlDeny`. */
export interface Denied {
  readonly redirect_url: string | null;
}

/** The answer of `ControlDeauthorize`. */
export interface Deauthorized {
  readonly account_sid: string;
  readonly delivery_id: string | null;
}

/**
 * The input of `ControlSetRate`: sets the rate of a category from a day on; the price null
 * removes it.
 */
export interface NewRate {
  readonly category: string;
  readonly per?: 'count' | 'usage';
  /** The price; null withdraws the rate. */
  readonly price: string | null;
  /** A day such as 2026-03-18. The default is today. */
  readonly from?: string;
}

/**
 * The input of `ControlImportNumbers`: puts numbers into the stock that accounts buy from.
 * Refused numbers are named, and do not hold back the others. The same numbers change
 * nothing the second time.
 */
export interface NewStock {
  /** A file with the header `number,country,kind,capabilities,carrier[,price]`. */
  readonly csv?: string;
  readonly numbers?: readonly {
    /** In E.164, or a short code of 3 to 8 digits. */
    readonly number: string;
    /** Two letters, such as `US`. */
    readonly country: string;
    /** `local`, `mobile` or `toll-free`. */
    readonly kind: string;
    /** Some of `sms`, `mms` and `voice`, with spaces between. */
    readonly capabilities: string;
    /** A carrier of the carriers file. */
    readonly carrier: string;
    /** The price of a month; empty: by the rate card. */
    readonly price?: string;
  }[];
  /** Reports, and changes nothing. */
  readonly dry_run?: boolean;
}

/** The answer of `ControlImportNumbers`. */
export interface StockImported {
  readonly dry_run: boolean;
  readonly added: number;
  readonly changed: number;
  /** The numbers that the stock has already, just so. */
  readonly unchanged: number;
  readonly refused: readonly {
    /** `line 3` of the file, or `numbers[1]` of the list. */
    readonly place: string;
    readonly field: 'number' | 'country' | 'kind' | 'capabilities' | 'carrier' | 'price';
    readonly value: string;
    readonly rule: string;
  }[];
}

/** The answer of `ControlSetRate`. */
export interface Rate {
  readonly category: string;
  readonly price: string | null;
  readonly from: string;
}

/**
 * The input of `ControlLimitGrant`: limits what a Connect app may do for the customer
 * account_sid: its spending in a month, the countries that it reaches, and the time at which
 * its grant ends. A missing limit stays.
 */
export interface NewGrantLimit {
  readonly connect_app_sid: string;
  readonly account_sid: string;
  /** Null for none. */
  readonly monthly_limit?: string | number | null;
  /** Such as `["US"]`; null for any. */
  readonly countries?: readonly string[] | null;
  /** A time to come; null for none. */
  readonly date_ends?: string | null;
}

/** The answer of `ControlLimitGrant`. */
export interface GrantLimit {
  readonly account_sid: string;
  readonly monthly_limit: string | null;
  /** A decimal number as text, so that no digit is lost. */
  readonly spent: string;
  readonly countries: readonly string[] | null;
  readonly date_ends: string | null;
}

/**
 * The input of `ControlLimitAccount`: sets limits of an account: the countries that it
 * reaches, its messages and calls in a second, its calls at once, and, for a main account,
 * the balance below which its apps write and send nothing. A missing limit stays.
 */
export interface NewAccountLimits {
  /** Null for none. */
  readonly balance_floor?: string | number | null;
  /** Such as `["US"]`; null for the default. */
  readonly countries?: readonly string[] | null;
  /** Null for the default. */
  readonly max_messages_per_second?: number | null;
  /** Null for the default. */
  readonly max_calls_per_second?: number | null;
  /** Null for the default. */
  readonly max_calls_at_once?: number | null;
}

/** The answer of `ControlLimitAccount`. */
export interface Balance {
  readonly account_sid: string;
  /** A decimal number as text, so that no digit is lost. */
  readonly balance: string;
  readonly balance_floor: string | null;
  readonly countries: readonly string[] | null;
  readonly max_messages_per_second: number | null;
  readonly max_calls_per_second: number | null;
  readonly max_calls_at_once: number | null;
}

/**
 * The input of `ControlCreditBalance`: adds an amount, which may be negative, to the balance
 * of a main account, once for each key.
 */
export interface NewCredit {
  readonly amount: string | number;
  readonly reason: string;
  /** Credits with the same key count only once. */
  readonly key: string;
}

export interface Credit {
  readonly key: string;
  /** A decimal number as text, so that no digit is lost. */
  readonly amount: string;
  readonly reason: string;
  readonly date_created: string;
}

/** The answer of `ControlFetchBalance`. */
export interface BalanceWithCredits {
  readonly account_sid: string;
  /** A decimal number as text, so that no digit is lost. */
  readonly balance: string;
  readonly balance_floor: string | null;
  readonly credits: readonly Credit[];
}

/** The answer of `ControlCreditBalance`. */
export interface CreditedBalance {
  readonly account_sid: string;
  /** A decimal number as text, so that no digit is lost. */
  readonly balance: string;
  readonly balance_floor: string | null;
  readonly credit: Credit;
  readonly repeated: boolean;
}

export interface PlatformEvent {
  readonly sid: string;
  readonly date_created: string;
  readonly actor_kind: string;
  readonly actor_sid: string | null;
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
