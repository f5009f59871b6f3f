import type { Endpoint } from '../../src/http/endpoint.ts';
import { insertMedia } from '../../src/messages/media-store.ts';
import { insertMessage } from '../../src/messages/message-store.ts';
import { connectLogin, type Login, loginOf, type TestAccount, type TestApp } from './test-app.ts';
import { rootOf, someCalls, type ThingsOfCalls } from './things-of-calls.ts';

/** An account with one thing of every kind, so that every path of the route table exists. */
export interface Tenant extends ThingsOfCalls {
  readonly account: TestAccount;
  readonly standardKey: Login;
  readonly mainKey: Login;
  readonly connect_app_sid: string;
  readonly authorized_app_sid: string;
  readonly policy_sid: string;
  readonly target_sid: string;
  readonly trunk_sid: string;
  readonly trigger_sid: string;
  readonly number_sid: string;
  readonly message_sid: string;
  readonly media_sid: string;
  /** The login of the app that the tenant authorised, in the grant's subaccount. */
  readonly guest: Login;
}

/** The required fields of a usage trigger. */
export const A_TRIGGER = {
  CallbackUrl: 'https://example.com/CANARY-trigger',
  TriggerValue: '1000',
  UsageCategory: 'sms',
} as const;

/** A call without a `From` number. */
export const A_CALL = {
  To: 'client:CANARY-to',
  From: 'client:CANARY-from',
  Twiml: '<Response><Say>CANARY</Say></Response>',
} as const;

/** A message without a `From` number. */
export const A_MESSAGE = {
  To: '+14155550123',
  From: 'CANARY',
  Body: 'CANARY message',
} as const;

/** The beginnings of free numbers of each type, and the number of digits that follow. */
const FREE_NUMBERS = {
  local: ['+1415', 2_000_000],
  mobile: ['+447400', 100_000],
  'toll-free': ['+1888', 2_000_000],
} as const;
let numbers = 0;

/** A number that no account of any test holds. */
export function aFreeNumber(type: keyof typeof FREE_NUMBERS = 'local'): string {
  const [prefix, first] = FREE_NUMBERS[type];
  numbers += 1;
  // The carrier treats numbers by their last digits, and has no rule for those above 0009.
  return `${prefix}${first + (Math.floor(numbers / 900) * 1_000 + 10 + (numbers % 900))}`;
}

/** A received message with a picture, and its two numbers. Every text of it holds a mark. */
export async function aReceivedMessage(
  { app }: Pick<TestApp, 'app'>,
  account_sid: string,
  mark = 'CANARY',
): Promise<{ message_sid: string; media_sid: string; to: string; from: string }> {
  const [message_sid, media_sid] = [app.newSid('MM'), app.newSid('ME')];
  const [to, from] = [aFreeNumber(), aFreeNumber()];
  const now = app.now();
  const root_sid = await rootOf({ app }, account_sid);
  const dates = { date_created: now, date_updated: now };
  const common = { account_sid, root_sid, created_by_grant: null, ...dates };
  const message = {
    ...common,
    sid: message_sid,
    to,
    from,
    body: mark,
    status: 'received' as const,
    direction: 'inbound' as const,
    num_segments: 1,
    num_media: 1,
    price_micro: 10_000,
    error_code: null,
    messaging_service_sid: null,
    date_sent: now,
    status_callback: null,
    send_at: null,
    discards_body: 0 as const,
    carrier_cost_micro: null,
    carrier_cost_currency: null,
    callback_by_grant: null,
  };
  const media = {
    ...common,
    sid: media_sid,
    message_sid,
    content_type: 'text/plain',
    source_url: null,
    content: Buffer.from(`${mark} ${media_sid}`).toString('base64'),
  };
  await app.database.write(async (tx) => {
    await insertMessage(tx, message);
    await insertMedia(tx, [media]);
  });
  return { message_sid, media_sid, to, from };
}

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
    number_sid: await made(`/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers.json`, {
      PhoneNumber: aFreeNumber(),
    }),
    ...(await aReceivedMessage(app, account.sid)),
    ...(await someCalls(app, account.sid)),
    trigger_sid: await made(`/2010-04-01/Accounts/${account.sid}/Usage/Triggers.json`, A_TRIGGER),
    guest: connectLogin(grant, developer),
  };
}

/** A country with numbers of every kind. */
export const COUNTRY = 'GB';

/** The path of an endpoint among a tenant's things, as JSON. */
export function pathOf(endpoint: Endpoint, tenant: Tenant): string {
  const path = endpoint.path
    .replace(':AccountSid', tenant.account.sid)
    .replace(':ConnectAppSid', tenant.authorized_app_sid)
    .replace(':CountryCode', COUNTRY)
    .replace(':ConnectionPolicySid', tenant.policy_sid)
    .replace(':MessageSid', tenant.message_sid)
    .replace(':CallSid', tenant.live_call_sid)
    .replace(':RecordingSid', tenant.recording_sid)
    .replace(':IncomingPhoneNumberSid', tenant.number_sid)
    .replace(
      /(?<=\/)(\w+)\/:Sid$/,
      (_, segment: string) => `${segment}/${sidIn(segment, tenant, endpoint)}`,
    );
  if (path.includes(':')) throw new Error(`test/support/tenant.ts does not know ${endpoint.path}`);
  return endpoint.path.startsWith('/2010-04-01/') ? `${path}.json` : path;
}

function sidIn(segment: string, tenant: Tenant, { method }: Endpoint): string {
  const sids: Record<string, string> = {
    ConnectApps: tenant.connect_app_sid,
    Keys: tenant.standardKey.username,
    SigningKeys: tenant.standardKey.username,
    ConnectionPolicies: tenant.policy_sid,
    Targets: tenant.target_sid,
    ByocTrunks: tenant.trunk_sid,
    Triggers: tenant.trigger_sid,
    IncomingPhoneNumbers: tenant.number_sid,
    Messages: tenant.message_sid,
    Media: tenant.media_sid,
    // A live call can be changed, and an ended call can be deleted.
    Calls: method === 'DELETE' ? tenant.ended_call_sid : tenant.live_call_sid,
    Recordings: method === 'POST' ? tenant.running_recording_sid : tenant.recording_sid,
    Transcriptions: tenant.transcription_sid,
  };
  return sids[segment] ?? ':unknown';
}

/** A form that every rule of the endpoint accepts. */
export function validForm(endpoint: Endpoint): Record<string, string> {
  const form: Record<string, string> = {};
  if ('FriendlyName' in endpoint.input.shape) form['FriendlyName'] = 'Renamed';
  if ('Target' in endpoint.input.shape) form['Target'] = 'sip:other.example.com';
  if ('TriggerValue' in endpoint.input.shape) Object.assign(form, A_TRIGGER);
  if (endpoint.id === 'CreateCall') Object.assign(form, A_CALL);
  if (endpoint.id === 'UpdateCall') form['TimeLimit'] = '7200';
  if (endpoint.id === 'UpdateCallRecording') form['Status'] = 'stopped';
  if (endpoint.id === 'UpdateMessage') form['Body'] = '';
  if ('MessagingServiceSid' in endpoint.input.shape) Object.assign(form, A_MESSAGE);
  if ('PhoneNumber' in endpoint.input.shape) {
    const type = endpoint.path.endsWith('/Mobile') ? 'mobile' : 'local';
    form['PhoneNumber'] = aFreeNumber(endpoint.path.endsWith('/TollFree') ? 'toll-free' : type);
  }
  return form;
}
