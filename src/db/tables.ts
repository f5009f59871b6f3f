/**
 * Every table and column. Columns that the API shows carry its documented names; secrets have
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
  audit_events: AuditEventsTable;
  sealing_keys: SealingKeysTable;
  settings: SettingsTable;
}

type Bool = 0 | 1;
type Json = string;
type EpochMs = number;
type Micro = number;

export interface Dated {
  date_created: EpochMs;
  date_updated: EpochMs;
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
  created_by_grant: string | null;
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
}

interface AuditEventsTable {
  sid: string;
  date_created: EpochMs;
  /** The account whose things changed. */
  account_sid: string;
  actor_kind: 'account' | 'key' | 'connect_app' | 'operator' | 'system';
  /** The account, key or app that acted; null for the operator and the system. */
  actor_sid: string | null;
  grant_sid: string | null;
  action: string;
  target_sid: string | null;
  detail: Json;
}

/** One row for each key that ever sealed something, so that a start without it is refused. */
interface SealingKeysTable {
  id: string;
  canary: string;
}

interface SettingsTable {
  name: string;
  value: string;
}
