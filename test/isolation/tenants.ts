import type { Kysely } from 'kysely';
import { openToken } from '../../src/accounts/auth-token.ts';
import { fetchPrimaryTokens } from '../../src/accounts/auth-token-store.ts';
import { createApiKey } from '../../src/accounts/create-api-key.ts';
import { act } from '../../src/audit/act.ts';
import { SYSTEM } from '../../src/audit/audit-event.ts';
import type { Grant } from '../../src/authorizations/grant.ts';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { TABLE_NAMES } from '../../src/db/tables/all-tables.ts';
import type { Permission } from '../../src/kit/permission.ts';
import type { IncomingPhoneNumber } from '../../src/numbers/incoming-phone-number.ts';
import { insertNumber } from '../../src/numbers/incoming-phone-number-store.ts';
import { insertTrigger } from '../../src/usage/usage-trigger-store.ts';
import { insertTrunk } from '../../src/voice/byoc-trunk-store.ts';
import { insertPolicy } from '../../src/voice/connection-policy-store.ts';
import { insertTarget } from '../../src/voice/target-store.ts';
import { aFreeNumber, aReceivedMessage } from '../support/tenant.ts';
import type { TestAccount, TestApp } from '../support/test-app.ts';
import { someCalls } from '../support/things-of-calls.ts';

/** The lists of things, with the prefixes of their SIDs. A new list needs a line. */
const SEGMENTS = {
  Accounts: 'AC',
  Keys: 'SK',
  SigningKeys: 'SK',
  ConnectApps: 'CN',
  AuthorizedConnectApps: 'CN',
  ConnectionPolicies: 'NY',
  Targets: 'NE',
  ByocTrunks: 'BY',
  Triggers: 'UT',
  IncomingPhoneNumbers: 'PN',
  Messages: 'MM',
  Media: 'ME',
  Calls: 'CA',
  EndedCalls: 'CA',
  Recordings: 'RE',
  RunningRecordings: 'RE',
  Transcriptions: 'TR',
} as const;
export type Segment = keyof typeof SEGMENTS;

/** An account with its things. Every text of them holds `CANARY-<name>-<field>`. */
export interface Tenant {
  readonly name: string;
  /** Absent for accounts that do not exist. */
  readonly account: TestAccount | null;
  /** The SID of one thing in each list; null when the account has none. */
  readonly things: Readonly<Record<Segment, string | null>>;
  /** The numbers of its message; absent when the account has none. */
  readonly ends?: { readonly to: string; readonly from: string };
  /** The names in the canaries of the apps that it made, and of those that it authorised. */
  readonly apps: readonly string[];
  readonly authorised: readonly string[];
}

export function canary(name: string, field: string): string {
  return `CANARY-${name}-${field}`;
}

const urlCanary = (name: string, field: string) => `https://example.com/${canary(name, field)}`;

/** Lists of absent resources, and the resource above each. */
export const NOTHINGS =
  /(\w+\/:\w+)\/(?:Addresses|AddOnResults|Applications|AssignedAddOns|Conferences|Events|Notifications|OutgoingCallerIds|Queues|SIP\/\w+|SMS\/ShortCodes)$/;

export function segmentOf(path: string): Segment {
  const segment = path.split('/').findLast((part) => !part.startsWith(':')) ?? '';
  // A resource that an account has once is found by the account alone.
  if (segment === 'Balance' || path.includes('/Usage/Records')) return 'Accounts';
  // Numbers on offer belong to nobody. Lists of one type hold the same things.
  if (path.includes('/AvailablePhoneNumbers')) return 'Accounts';
  if (/\/IncomingPhoneNumbers\/[A-Z]/.test(path)) return 'IncomingPhoneNumbers';
  if (segment === 'Feedback') return 'Messages';
  // A list that is always empty has only its parent.
  const [, above] = NOTHINGS.exec(path) ?? [];
  if (above !== undefined) return segmentOf(above);
  if (!(segment in SEGMENTS)) throw new Error(`test/isolation/tenants.ts makes no ${segment}`);
  return segment as Segment;
}

/** A tenant that does not exist. Its SIDs are well-formed or malformed. */
export function noTenant(name: string, form: 'well-formed' | 'malformed'): Tenant {
  const rest = form === 'well-formed' ? 'f'.repeat(32) : '-no-sid';
  const entries = Object.entries(SEGMENTS).map(([segment, prefix]) => [segment, prefix + rest]);
  const things = Object.fromEntries(entries) as Tenant['things'];
  return { name, account: null, things, apps: [], authorised: [] };
}

export async function aMarkedApp(
  app: TestApp,
  owner: TestAccount,
  name: string,
  permissions: readonly Permission[],
): Promise<ConnectApp> {
  return app.aConnectApp(owner, {
    friendly_name: canary(name, 'friendly_name'),
    company_name: canary(name, 'company_name'),
    description: canary(name, 'description'),
    homepage_url: urlCanary(name, 'homepage_url'),
    terms_of_service_url: urlCanary(name, 'terms_of_service_url'),
    authorize_redirect_url: urlCanary(name, 'authorize_redirect_url'),
    deauthorize_callback_url: urlCanary(name, 'deauthorize_callback_url'),
    permissions,
  });
}

/** The subaccount of a grant, with the token that only its parent can see. */
export async function subaccountOf({ app }: TestApp, grant: Grant): Promise<TestAccount> {
  const db = app.database.db;
  const [token] = await fetchPrimaryTokens(db, [grant.subaccount_sid]);
  if (!token) throw new Error('a subaccount without a token');
  const account = await db
    .selectFrom('accounts')
    .selectAll()
    .where('sid', '=', grant.subaccount_sid)
    .executeTakeFirstOrThrow();
  return { ...account, auth_token: openToken(app.keyRing, token) };
}

interface Had {
  readonly apps?: Readonly<Record<string, ConnectApp>>;
  readonly authorised?: Readonly<Record<string, ConnectApp>>;
}

function aMarkedNumber(
  app: TestApp['app'],
  name: string,
  common: Pick<
    IncomingPhoneNumber,
    'account_sid' | 'root_sid' | 'created_by_grant' | 'date_created' | 'date_updated'
  >,
): IncomingPhoneNumber {
  return {
    ...common,
    sid: app.newSid('PN'),
    phone_number: aFreeNumber(),
    friendly_name: canary(name, 'friendly_name'),
    type: 'local',
    iso_country: 'US',
    address_sid: null,
    bundle_sid: null,
    identity_sid: null,
    emergency_address_sid: null,
    emergency_status: 'Inactive',
    sms_application_sid: null,
    sms_url: urlCanary(name, 'sms_url'),
    sms_method: 'POST',
    sms_fallback_url: urlCanary(name, 'sms_fallback_url'),
    sms_fallback_method: 'POST',
    status_callback: urlCanary(name, 'status_callback'),
    status_callback_method: 'POST',
    trunk_sid: null,
    voice_application_sid: null,
    voice_caller_id_lookup: 0,
    voice_receive_mode: 'voice',
    voice_url: urlCanary(name, 'voice_url'),
    voice_method: 'POST',
    voice_fallback_url: urlCanary(name, 'voice_fallback_url'),
    voice_fallback_method: 'POST',
    url_grants: '{}',
    carrier: null,
    capabilities: null,
  };
}

/** Gives an account one thing of every kind, marked with `name`. */
export async function aMarkedTenant(
  { app }: TestApp,
  name: string,
  account: TestAccount,
  { apps = {}, authorised = {} }: Had = {},
): Promise<Tenant> {
  const calls = await someCalls({ app }, account.sid, canary(name, 'call'));
  const received = await aReceivedMessage({ app }, account.sid, canary(name, 'body'));
  return act(app, SYSTEM, async (doing) => {
    const { tx, now } = doing;
    const account_sid = account.sid;
    const root_sid = account.owner_account_sid;
    const dates = { date_created: now, date_updated: now };
    const common = { account_sid, root_sid, created_by_grant: null, ...dates };
    const friendly_name = canary(name, 'friendly_name');
    await tx
      .updateTable('accounts')
      .set({ friendly_name })
      .where('sid', '=', account_sid)
      .execute();
    const wanted = { account_sid, root_sid, friendly_name, kind: 'standard' } as const;
    const { key } = await createApiKey(doing, wanted);
    const policy = { ...common, sid: app.newSid('NY'), friendly_name };
    await insertPolicy(tx, policy);
    const target = {
      ...common,
      sid: app.newSid('NE'),
      connection_policy_sid: policy.sid,
      friendly_name,
      target: `sip:${canary(name, 'target')}@sip.example.com`,
      priority: 10,
      weight: 10,
      enabled: 1 as const,
    };
    await insertTarget(tx, target);
    const trunk = {
      ...common,
      sid: app.newSid('BY'),
      friendly_name,
      voice_url: urlCanary(name, 'voice_url'),
      voice_method: 'POST' as const,
      voice_fallback_url: urlCanary(name, 'voice_fallback_url'),
      voice_fallback_method: 'POST' as const,
      status_callback_url: urlCanary(name, 'status_callback_url'),
      status_callback_method: 'POST' as const,
      cnam_lookup_enabled: 0 as const,
      connection_policy_sid: null,
      from_domain_sid: null,
      url_grants: '{}',
    };
    await insertTrunk(tx, trunk);
    const trigger = {
      ...common,
      sid: app.newSid('UT'),
      friendly_name,
      usage_category: 'sms',
      trigger_by: 'usage' as const,
      recurring: null,
      trigger_value: '1000',
      threshold: 1_000_000_000,
      callback_url: urlCanary(name, 'callback_url'),
      callback_method: 'POST' as const,
      callback_by_grant: null,
      date_fired: null,
    };
    await insertTrigger(tx, trigger);
    const number = aMarkedNumber(app, name, common);
    await insertNumber(tx, number);
    const things = {
      Accounts: account_sid,
      Keys: key.sid,
      SigningKeys: key.sid,
      ConnectApps: Object.values(apps)[0]?.sid ?? null,
      AuthorizedConnectApps: Object.values(authorised)[0]?.sid ?? null,
      ConnectionPolicies: policy.sid,
      Targets: target.sid,
      ByocTrunks: trunk.sid,
      Triggers: trigger.sid,
      IncomingPhoneNumbers: number.sid,
      Messages: received.message_sid,
      Media: received.media_sid,
      Calls: calls.live_call_sid,
      EndedCalls: calls.ended_call_sid,
      Recordings: calls.recording_sid,
      RunningRecordings: calls.running_recording_sid,
      Transcriptions: calls.transcription_sid,
    };
    const ends = { to: received.to, from: received.from };
    const names = { apps: Object.keys(apps), authorised: Object.keys(authorised) };
    return { name, account, things, ends, ...names };
  });
}

/** A path of the route table with a tenant's things. Missing things get a SID of nobody. */
export function pathAmong(path: string, { things }: Tenant): string {
  const inCountry = path.replace(':CountryCode', 'US');
  return inCountry.replaceAll(/\/(\w+)\/:\w+/g, (_, list: string) => {
    const segment = segmentOf(list);
    return `/${list}/${things[segment] ?? SEGMENTS[segment] + 'f'.repeat(32)}`;
  });
}

/** Values without a tenant's words: SIDs, numbers, enumerations, digests, JSON, our host. */
const UNWORDED =
  /^([A-Z]{2}[0-9a-f]{32}|\d{1,12}|\+\d{1,15}|US|Inactive|RecordVerb|[a-z]+(?:-[a-z]+)+|[a-z]{1,12}|GET|POST|Full|Trial|[0-9a-f]{32,64}|example\.com|text\/plain|test\..+|[[{].*[\]}])$/;
/** Tables that are not about tenants, and the log of how they were made. */
const NO_TENANTS: ReadonlySet<string> = new Set([
  'settings',
  'sealing',
  'sealing_keys',
  'processes',
  'audit_events',
  'audit_chains',
]);

/** Every column with a text without a canary. A leak of it would not be seen. */
export async function unmarkedColumns({ app }: TestApp): Promise<string[]> {
  const db = app.database.db as unknown as Kysely<Record<string, Record<string, unknown>>>;
  const unmarked = new Set<string>();
  for (const table of TABLE_NAMES.filter((name) => !NO_TENANTS.has(name))) {
    for (const row of await db.selectFrom(table).selectAll().execute()) {
      for (const [column, value] of Object.entries(row)) {
        if (typeof value !== 'string') continue;
        const text = column === 'content' ? Buffer.from(value, 'base64').toString() : value;
        if (/CANARY-/i.test(text) || UNWORDED.test(text)) continue;
        unmarked.add(`${table}.${column}: ${value}`);
      }
    }
  }
  return [...unmarked];
}
