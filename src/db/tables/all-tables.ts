import type { Tx } from '../database.ts';
import type { Tables } from './tables.ts';

/**
 * Every table with the columns that identify a row, parents before their children. Primary keys have
 * `root_sid` too.
 */
export const ALL_TABLES: Readonly<Record<keyof Tables, readonly string[]>> = {
  sealing_keys: ['id'],
  sealing: ['name'],
  processes: ['id'],
  settings: ['name'],
  snapshots: ['name'],
  accounts: ['sid'],
  auth_tokens: ['account_sid', 'slot'],
  api_keys: ['sid'],
  connect_apps: ['sid'],
  grants: ['sid'],
  connection_policies: ['sid'],
  connection_policy_targets: ['sid'],
  byoc_trunks: ['sid'],
  people: ['sid'],
  memberships: ['person_sid', 'account_sid'],
  passwords: ['person_sid'],
  second_factors: ['sid'],
  recovery_codes: ['person_sid', 'digest'],
  known_networks: ['person_sid', 'network'],
  sessions: ['digest'],
  sign_in_failures: ['key'],
  one_time_links: ['digest'],
  interactions: ['digest'],
  connect_app_logos: ['connect_app_sid'],
  grant_uses: ['grant_sid'],
  deliveries: ['sid'],
  delivery_attempts: ['delivery_sid', 'number'],
  usage_events: ['root_sid', 'account_sid', 'key'],
  usage_counters: ['root_sid', 'account_sid', 'scope', 'period', 'start', 'category'],
  usage_rates: ['category', 'start'],
  balance_credits: ['account_sid', 'key'],
  usage_triggers: ['sid'],
  usage_trigger_fires: ['trigger_sid', 'window'],
  idempotency_keys: ['account_sid', 'caller_sid', 'key'],
  incoming_phone_numbers: ['sid'],
  stock_numbers: ['phone_number'],
  messaging_services: ['sid'],
  messages: ['sid'],
  message_media: ['sid'],
  message_feedback: ['message_sid'],
  message_opt_outs: ['account_sid', 'phone_number', 'recipient'],
  carrier_refs: ['message_sid', 'part'],
  calls: ['sid'],
  call_sip_passwords: ['call_sid'],
  timeline: ['resource_sid', 'number'],
  recordings: ['sid'],
  transcriptions: ['sid'],
  carrier_tasks: ['sid'],
  legs: ['call_sid'],
  leg_owners: ['id'],
  twiml_cookies: ['account_sid', 'conversation', 'url_by_grant'],
  test_credentials: ['sid'],
  audit_events: ['sid'],
  audit_chains: ['account_sid'],
  security_events: ['sid'],
  credential_places: ['credential_sid', 'network'],
};

export const TABLE_NAMES = Object.keys(ALL_TABLES) as (keyof Tables)[];

/** The tables of the keys, and of the processes that hold them. */
export const SEALING: readonly (keyof Tables)[] = ['sealing_keys', 'sealing', 'processes'];

/** The tables of security events. Restoring a snapshot leaves them as they are. */
const WATCHED: readonly (keyof Tables)[] = ['security_events', 'credential_places'];

/** The tables of legs. They belong to the sockets of running processes. */
const LEGS: readonly (keyof Tables)[] = ['legs', 'leg_owners'];

/** Tables that are not part of the world: keys, security events, legs and snapshots. */
const BESIDE_THE_WORLD: ReadonlySet<keyof Tables> = new Set([
  ...SEALING,
  ...WATCHED,
  ...LEGS,
  'snapshots',
]);

/**
 * The tables of a backup. Running processes are left out: they do not run on the restored data. So
 * are their legs: a server on a copy of the data must not end the calls of the original.
 */
export const BACKUP_TABLES = TABLE_NAMES.filter(
  (table) => table !== 'processes' && !LEGS.includes(table),
);

/** The tables that stay empty until the database is used. Every process writes its keys at once. */
export const USED_TABLES = TABLE_NAMES.filter((table) => !SEALING.includes(table));

/** The tables that hold the world, parents before their children. */
export const WORLD_TABLES = TABLE_NAMES.filter((table) => !BESIDE_THE_WORLD.has(table));

/** Deletes every row of the world. */
export async function emptyDatabase(tx: Tx): Promise<void> {
  for (const table of WORLD_TABLES.toReversed()) await tx.deleteFrom(table).execute();
}
