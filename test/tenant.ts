import type { Endpoint } from '../src/http/endpoint.ts';
import { connectLogin, type Login, loginOf, type TestAccount, type TestApp } from './test-app.ts';

/** An account with one of everything, so that every path of the route table leads somewhere. */
export interface Tenant {
  readonly account: TestAccount;
  readonly standardKey: Login;
  readonly mainKey: Login;
  readonly connect_app_sid: string;
  readonly authorized_app_sid: string;
  readonly policy_sid: string;
  readonly target_sid: string;
  readonly trunk_sid: string;
  readonly trigger_sid: string;
  /** As the app that the tenant authorised, in the grant's subaccount. */
  readonly guest: Login;
}

/** What a usage trigger cannot be made without. */
export const A_TRIGGER = {
  CallbackUrl: 'https://example.com/CANARY-trigger',
  TriggerValue: '1000',
  UsageCategory: 'sms',
} as const;

export async function aTenant(app: TestApp): Promise<Tenant> {
  const account = await app.anAccount();
  const login = loginOf(account);
  const developer = await app.anAccount();
  const authorized = await app.aConnectApp(developer);
  const grant = await app.aGrant(authorized, account);
  const made = async (path: string, form: Record<string, string> = {}): Promise<string> => {
    const reply = await app.post(path, login, form);
    if (reply.status !== 201) throw new Error(reply.text);
    return reply.json.sid;
  };
  const policy_sid = await made('/v1/ConnectionPolicies', { FriendlyName: 'CANARY policy' });
  return {
    account,
    standardKey: await app.aKey(account, 'standard'),
    mainKey: await app.aKey(account, 'main'),
    connect_app_sid: (await app.aConnectApp(account)).sid,
    authorized_app_sid: authorized.sid,
    policy_sid,
    target_sid: await made(`/v1/ConnectionPolicies/${policy_sid}/Targets`, {
      Target: 'sip:gateway.example.com',
    }),
    trunk_sid: await made('/v1/ByocTrunks', { FriendlyName: 'CANARY trunk' }),
    trigger_sid: await made(`/2010-04-01/Accounts/${account.sid}/Usage/Triggers.json`, A_TRIGGER),
    guest: connectLogin(grant, developer),
  };
}

/** The path of an endpoint among a tenant's things, as JSON. */
export function pathOf(endpoint: Endpoint, tenant: Tenant): string {
  const path = endpoint.path
    .replace(':AccountSid', tenant.account.sid)
    .replace(':ConnectAppSid', tenant.authorized_app_sid)
    .replace(':ConnectionPolicySid', tenant.policy_sid)
    .replace(/(?<=\/)(\w+)\/:Sid$/, (_, segment: string) => `${segment}/${sidIn(segment, tenant)}`);
  if (path.includes(':')) throw new Error(`test/tenant.ts does not know ${endpoint.path}`);
  return endpoint.path.startsWith('/2010-04-01/') ? `${path}.json` : path;
}

function sidIn(segment: string, tenant: Tenant): string {
  const sids: Record<string, string> = {
    ConnectApps: tenant.connect_app_sid,
    Keys: tenant.standardKey.username,
    SigningKeys: tenant.standardKey.username,
    ConnectionPolicies: tenant.policy_sid,
    Targets: tenant.target_sid,
    ByocTrunks: tenant.trunk_sid,
    Triggers: tenant.trigger_sid,
  };
  return sids[segment] ?? ':unknown';
}

/** A form that every rule of the endpoint accepts. */
export function validForm(endpoint: Endpoint): Record<string, string> {
  const form: Record<string, string> = {};
  if ('FriendlyName' in endpoint.input.shape) form['FriendlyName'] = 'Renamed';
  if ('Target' in endpoint.input.shape) form['Target'] = 'sip:other.example.com';
  if ('TriggerValue' in endpoint.input.shape) Object.assign(form, A_TRIGGER);
  return form;
}
