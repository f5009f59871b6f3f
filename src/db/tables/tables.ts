import type {
  CallSipPasswordsTable,
  CallsTable,
  CarrierRefsTable,
  CarrierTasksTable,
  LegOwnersTable,
  LegsTable,
  MessageFeedbackTable,
  MessageMediaTable,
  MessageOptOutsTable,
  MessagesTable,
  MessagingServicesTable,
  RecordingsTable,
  TestCredentialsTable,
  TimelineTable,
  TranscriptionsTable,
  TwimlCookiesTable,
} from './acting-tables.ts';
import type { Bool, Dated, EpochMs, Json, Micro } from './columns.ts';
import type { IncomingPhoneNumbersTable, StockNumbersTable } from './number-tables.ts';
import type {
  KnownNetworksTable,
  MembershipsTable,
  OneTimeLinksTable,
  PasswordsTable,
  PeopleTable,
  RecoveryCodesTable,
  SecondFactorsTable,
  SessionsTable,
  SignInFailuresTable,
} from './people-tables.ts';
import type { ProcessesTable, SealingKeysTable, SealingTable } from './sealing-tables.ts';
import type {
  AuditChainsTable,
  AuditEventsTable,
  CredentialPlacesTable,
  SecurityEventsTable,
} from './security-tables.ts';
import type { SettingsTable, SnapshotsTable } from './snapshot-tables.ts';
import type {
  BalanceCreditsTable,
  TrafficLimitColumns,
  UsageCountersTable,
  UsageEventsTable,
  UsageRatesTable,
  UsageTriggerFiresTable,
  UsageTriggersTable,
} from './usage-tables.ts';
import type { DeliveriesTable, DeliveryAttemptsTable } from './webhook-tables.ts';

/**
 * Every table. The files beside this one hold the columns of some of them, by subject. Columns that
 * the API shows have its documented names. Secrets have tables or columns of their own that no
 * representation reads.
 *
 * Both engines read and write the same types: `Bool` is 0 or 1, a date is epoch milliseconds,
 * `Json` is text, money is in millionths. `created_by_grant` names the grant of the Connect app
 * that made a row, and is null for rows of the account itself. `root_sid` is the main account of the
 * row's account, in every table with rows of an account
 * (docs/adr/0054-one-postgresql-then-split-by-account.md).
 */
export interface Tables {
  accounts: AccountsTable;
  auth_tokens: AuthTokensTable;
  api_keys: ApiKeysTable;
  connect_apps: ConnectAppsTable;
  grants: GrantsTable;
  connection_policies: ConnectionPoliciesTable;
  connection_policy_targets: ConnectionPolicyTargetsTable;
  byoc_trunks: ByocTrunksTable;
  people: PeopleTable;
  memberships: MembershipsTable;
  passwords: PasswordsTable;
  second_factors: SecondFactorsTable;
  recovery_codes: RecoveryCodesTable;
  known_networks: KnownNetworksTable;
  sessions: SessionsTable;
  sign_in_failures: SignInFailuresTable;
  one_time_links: OneTimeLinksTable;
  interactions: InteractionsTable;
  connect_app_logos: ConnectAppLogosTable;
  grant_uses: GrantUsesTable;
  deliveries: DeliveriesTable;
  delivery_attempts: DeliveryAttemptsTable;
  usage_events: UsageEventsTable;
  usage_counters: UsageCountersTable;
  usage_rates: UsageRatesTable;
  balance_credits: BalanceCreditsTable;
  usage_triggers: UsageTriggersTable;
  usage_trigger_fires: UsageTriggerFiresTable;
  idempotency_keys: IdempotencyKeysTable;
  incoming_phone_numbers: IncomingPhoneNumbersTable;
  stock_numbers: StockNumbersTable;
  messaging_services: MessagingServicesTable;
  messages: MessagesTable;
  message_media: MessageMediaTable;
  message_feedback: MessageFeedbackTable;
  message_opt_outs: MessageOptOutsTable;
  carrier_refs: CarrierRefsTable;
  calls: CallsTable;
  call_sip_passwords: CallSipPasswordsTable;
  timeline: TimelineTable;
  recordings: RecordingsTable;
  transcriptions: TranscriptionsTable;
  carrier_tasks: CarrierTasksTable;
  legs: LegsTable;
  leg_owners: LegOwnersTable;
  twiml_cookies: TwimlCookiesTable;
  test_credentials: TestCredentialsTable;
  audit_events: AuditEventsTable;
  audit_chains: AuditChainsTable;
  security_events: SecurityEventsTable;
  credential_places: CredentialPlacesTable;
  sealing_keys: SealingKeysTable;
  sealing: SealingTable;
  processes: ProcessesTable;
  settings: SettingsTable;
  snapshots: SnapshotsTable;
}

interface AccountsTable extends Dated, TrafficLimitColumns {
  sid: string;
  /** The main account; for a main account its own SID. */
  owner_account_sid: string;
  friendly_name: string;
  status: 'active' | 'suspended' | 'closed';
  type: 'Trial' | 'Full';
  /** The balance of a main account. A subaccount has no balance of its own and stays at 0. */
  balance_micro: Micro;
  /** Below this balance of a main account, apps may not write; null means no floor. */
  balance_floor_micro: Micro | null;
  created_by_grant: string | null;
  /** The operator's limits for this account; null means the default. */
  max_requests_per_second: number | null;
  max_subaccounts: number | null;
  max_connect_apps: number | null;
}

interface AuthTokensTable {
  account_sid: string;
  root_sid: string;
  slot: 'primary' | 'secondary';
  /** Increases with every change of the slot. The sealed value is bound to it. */
  version: number;
  digest: string;
  sealed: string;
  /** The id of the key on the ring that sealed it. */
  sealed_with: string;
  date_created: EpochMs;
}

interface ApiKeysTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  friendly_name: string | null;
  kind: 'main' | 'standard';
  secret_digest: string;
  created_by_grant: string | null;
}

interface ConnectAppsTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  friendly_name: string;
  company_name: string;
  description: string | null;
  homepage_url: string | null;
  terms_of_service_url: string | null;
  authorize_redirect_url: string | null;
  deauthorize_callback_url: string | null;
  deauthorize_callback_method: 'GET' | 'POST' | null;
  permissions: Json;
  /** The row of a deleted app stays, so that its past acts keep a name. */
  date_deleted: EpochMs | null;
  /** Whether the redirect after consent carries a signature. */
  signed_redirect: Bool;
}

/** The grant of one customer to one app. The same row stays through revoke and re-grant. */
interface GrantsTable extends Dated {
  sid: string;
  connect_app_sid: string;
  /** The customer's main account. */
  account_sid: string;
  root_sid: string;
  subaccount_sid: string;
  /** Increases with every authorisation. */
  version: number;
  /** The permissions of the last authorisation. */
  permissions: Json;
  date_revoked: EpochMs | null;
  /** The most that the app may spend in a calendar month of UTC; null means no limit. */
  monthly_limit_micro: Micro | null;
  /** The countries that the app may reach, and the end of the grant; null means no limit. */
  countries: string | null;
  date_ends: EpochMs | null;
}

interface ConnectionPoliciesTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  friendly_name: string | null;
  created_by_grant: string | null;
}

interface ConnectionPolicyTargetsTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  connection_policy_sid: string;
  friendly_name: string | null;
  target: string;
  priority: number;
  weight: number;
  enabled: Bool;
  created_by_grant: string | null;
}

interface ByocTrunksTable extends Dated {
  sid: string;
  account_sid: string;
  root_sid: string;
  friendly_name: string | null;
  voice_url: string | null;
  voice_method: 'GET' | 'POST';
  voice_fallback_url: string | null;
  voice_fallback_method: 'GET' | 'POST';
  status_callback_url: string | null;
  status_callback_method: 'GET' | 'POST';
  cnam_lookup_enabled: Bool;
  connection_policy_sid: string | null;
  from_domain_sid: string | null;
  created_by_grant: string | null;
  /** JSON: the grant that gave each URL, by the URL's name. */
  url_grants: string;
}

/**
 * One visit to the consent page. Before sign-in it remembers only where to return. After sign-in it
 * belongs to one session and holds what the page showed, so that nothing else can be granted.
 */
interface InteractionsTable {
  digest: string;
  connect_app_sid: string;
  root_sid: string;
  state: Json | null;
  session_digest: string | null;
  person_sid: string | null;
  account_sid: string | null;
  shown: Json | null;
  /** The version of the grant when the page was shown; 0 when there was none. */
  grant_version: number | null;
  answer: 'authorized' | 'denied' | null;
  redirect_url: string | null;
  /** Parameters that the link adds to the query of the app's address. */
  extra_query: string | null;
  /** An address in the link that is not one of the app's. */
  ignored_cb: string | null;
  date_created: EpochMs;
  date_answered: EpochMs | null;
}

interface ConnectAppLogosTable {
  connect_app_sid: string;
  root_sid: string;
  sha256: string;
  /** In base64. */
  png: string;
  date_created: EpochMs;
}

/** The last time when an app acted by a grant, to the minute. */
interface GrantUsesTable {
  grant_sid: string;
  root_sid: string;
  date_last_used: EpochMs;
}

/** An answered request with an `Idempotency-Key`. A repeat within a day has no further effect. */
interface IdempotencyKeysTable {
  /** The account of the caller's credentials. */
  account_sid: string;
  root_sid: string;
  /** The same account, or the grant by which an app called. */
  caller_sid: string;
  key: string;
  /** The digest of the request. It tells a repeat from another request with the same key. */
  digest: string;
  /** The sealed answer, which may hold a secret; null within the transaction that makes it. */
  sealed: string | null;
  /** The id of the key on the ring that sealed it. */
  sealed_with: string | null;
  created_by_grant: string | null;
  date_created: EpochMs;
}
