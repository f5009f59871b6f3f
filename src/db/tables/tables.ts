import type {
  CallSipPasswordsTable,
  CallsTable,
  CarrierTasksTable,
  IncomingPhoneNumbersTable,
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
import type { SnapshotsTable } from './snapshot-tables.ts';
import type {
  BalanceCreditsTable,
  UsageCountersTable,
  UsageEventsTable,
  UsageRatesTable,
  UsageTriggerFiresTable,
  UsageTriggersTable,
} from './usage-tables.ts';
import type { DeliveriesTable, DeliveryAttemptsTable } from './webhook-tables.ts';

/**
 * Every table and column (people and webhooks have pages of their own beside this one). Columns that the API shows carry its documented names; secrets have
 * tables or columns of their own that no representation reads.
 *
 * `Bool` is 0 or 1, dates are epoch milliseconds, `Json` is text, money is millionths: the one
 * set of types that both engines read and write alike. `created_by_grant` names the grant of
 * the Connect app that made a row, and is null for rows that the account itself made.
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
  messaging_services: MessagingServicesTable;
  messages: MessagesTable;
  message_media: MessageMediaTable;
  message_feedback: MessageFeedbackTable;
  message_opt_outs: MessageOptOutsTable;
  calls: CallsTable;
  call_sip_passwords: CallSipPasswordsTable;
  timeline: TimelineTable;
  recordings: RecordingsTable;
  transcriptions: TranscriptionsTable;
  carrier_tasks: CarrierTasksTable;
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

interface AccountsTable extends Dated {
  sid: string;
  /** A main account carries its own SID. */
  owner_account_sid: string;
  friendly_name: string;
  status: 'active' | 'suspended' | 'closed';
  type: 'Trial' | 'Full';
  /** Of a main account; a subaccount has none of its own and stays at 0. */
  balance_micro: Micro;
  /** Of a main account: what its balance must not be below for apps to write; null: anything. */
  balance_floor_micro: Micro | null;
  created_by_grant: string | null;
  /** What the operator allows this account in place of the defaults; null: the default. */
  max_requests_per_second: number | null;
  max_subaccounts: number | null;
  max_connect_apps: number | null;
}

interface AuthTokensTable {
  account_sid: string;
  slot: 'primary' | 'secondary';
  /** Counts up with every change of the slot; part of what the sealed value is bound to. */
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
  friendly_name: string | null;
  kind: 'main' | 'standard';
  secret_digest: string;
  created_by_grant: string | null;
}

interface ConnectAppsTable extends Dated {
  sid: string;
  account_sid: string;
  friendly_name: string;
  company_name: string;
  description: string | null;
  homepage_url: string | null;
  terms_of_service_url: string | null;
  authorize_redirect_url: string | null;
  deauthorize_callback_url: string | null;
  deauthorize_callback_method: 'GET' | 'POST' | null;
  permissions: Json;
  /** A deleted app's row stays, so that what it did keeps its name. */
  date_deleted: EpochMs | null;
  /** Whether the redirect after consent carries a signature. */
  signed_redirect: Bool;
}

/** What one customer gave one app. One row for both, kept through revoke and re-grant. */
interface GrantsTable extends Dated {
  sid: string;
  connect_app_sid: string;
  /** The customer's main account. */
  account_sid: string;
  subaccount_sid: string;
  /** Counts up with every authorisation. */
  version: number;
  /** What the customer granted at the last authorisation. */
  permissions: Json;
  date_revoked: EpochMs | null;
  /** What the app may spend in a calendar month of UTC; null: anything. */
  monthly_limit_micro: Micro | null;
}

interface ConnectionPoliciesTable extends Dated {
  sid: string;
  account_sid: string;
  friendly_name: string | null;
  created_by_grant: string | null;
}

interface ConnectionPolicyTargetsTable extends Dated {
  sid: string;
  account_sid: string;
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
  /** JSON: which grant gave a URL, by the URL's name. */
  url_grants: string;
}

/**
 * One visit to the consent page. Before sign-in it only remembers where to return to; after it,
 * it belongs to one session and holds what the page showed, so that nothing else is granted.
 */
interface InteractionsTable {
  digest: string;
  connect_app_sid: string;
  state: Json | null;
  session_digest: string | null;
  person_sid: string | null;
  account_sid: string | null;
  shown: Json | null;
  /** Of the standing grant when the page was shown; 0: there was none. */
  grant_version: number | null;
  answer: 'authorized' | 'denied' | null;
  redirect_url: string | null;
  /** What the link adds to the query of the app's address. */
  extra_query: string | null;
  /** An address in the link that is not the app's. */
  ignored_cb: string | null;
  date_created: EpochMs;
  date_answered: EpochMs | null;
}

interface ConnectAppLogosTable {
  connect_app_sid: string;
  sha256: string;
  /** In base64. */
  png: string;
  date_created: EpochMs;
}

/** When an app last acted by a grant, to the minute. */
interface GrantUsesTable {
  grant_sid: string;
  date_last_used: EpochMs;
}

/** A request that was answered, and may be sent again within a day without being done again. */
interface IdempotencyKeysTable {
  /** Of the caller's credentials. */
  account_sid: string;
  /** The same, or the grant by which an app called. */
  caller_sid: string;
  key: string;
  /** Of what was sent, by which a repeat is told from something else under the same key. */
  digest: string;
  /** The answer, which may hold a secret; null within the transaction that makes it. */
  sealed: string | null;
  /** The id of the key on the ring that sealed it. */
  sealed_with: string | null;
  created_by_grant: string | null;
  date_created: EpochMs;
}

interface SettingsTable {
  name: string;
  value: string;
}
