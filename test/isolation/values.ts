import { START_OF_TIME } from '../support/test-app.ts';
import { ENDS_OF_CALLS } from '../support/things-of-calls.ts';
import { canary, NOTHINGS, type Segment, type Tenant } from './tenants.ts';

/** The lists that parameters of the API refer to; null: the product has no such list. */
export const REFERENCES: Readonly<Record<string, Segment | null>> = {
  ConnectionPolicySid: 'ConnectionPolicies',
  FromDomainSid: null,
  AccountSid: 'Accounts',
  AddressSid: null,
  BundleSid: null,
  EmergencyAddressSid: null,
  IdentitySid: null,
  SmsApplicationSid: null,
  TrunkSid: null,
  VoiceApplicationSid: null,
  ApplicationSid: null,
  ContentSid: null,
  MessagingServiceSid: null,
  ParentCallSid: 'Calls',
  CallSid: 'Calls',
  ConferenceSid: null,
};

/** The numbers of no message. */
const NO_ENDS = { to: '+14155550157', from: '+14155550158' } as const;

/**
 * A value for every filter of a list. It finds the target's things, so a list that forgets the
 * account shows them.
 */
function valuesBy(target: Tenant, names: readonly string[]): Readonly<Record<string, string>> {
  const call_sid = sidOr(target.things.Calls, `CA${'f'.repeat(32)}`);
  const isOfCalls = names.includes('ParentCallSid');
  // The numbers of a message are searched for whole.
  const { to, from } = isOfCalls ? ENDS_OF_CALLS : (target.ends ?? NO_ENDS);
  return {
    FriendlyName: canary(target.name, 'friendly_name'),
    Status: isOfCalls ? 'in-progress' : 'active',
    Category: 'totalprice',
    StartDate: '2026-03-01',
    EndDate: '-0days',
    IncludeSubaccounts: 'true',
    Recurring: 'alltime',
    TriggerBy: 'usage',
    UsageCategory: 'sms',
    Beta: 'true',
    PhoneNumber: '+1',
    Origin: 'twilio',
    To: to,
    From: from,
    ParentCallSid: call_sid,
    CallSid: call_sid,
    ConferenceSid: `CF${'0'.repeat(32)}`,
    IncludeSoftDeleted: 'true',
    StartTime: '2026-03-18',
    'StartTime<': '2026-03-18',
    'StartTime>': '2026-03-18',
    EndTime: '2026-03-18',
    'EndTime<': '2026-03-18',
    'EndTime>': '2026-03-18',
    DateSent: '2026-03-18',
    'DateSent<': '2026-03-18',
    'DateSent>': '2026-03-18',
    DateCreated: '2026-03-18',
    'DateCreated<': '2026-03-18',
    'DateCreated>': '2026-03-18',
  };
}

/** Every filter of a list, with values of the target. */
export function filtersBy(target: Tenant, names: readonly string[]): [string, string][] {
  const values = valuesBy(target, names);
  const filters = names.map((name): [string, string] => {
    const value = values[name];
    if (value === undefined) throw new Error(`test/isolation/values.ts has no value for ${name}`);
    return [name, value];
  });
  // Anybody can make the tokens of pages, so a position in a list gives no access.
  const position = `${START_OF_TIME.toString(36)}-${target.things.Accounts}`;
  const tokens = target.account ? [`PA${position}`, `PB${position}`] : [];
  return [...filters, ...tokens.map((token): [string, string] => ['PageToken', token])];
}

/** Lists of nobody's things, and lists of a type without a tenant's number. */
export function holdsNothing(path: string): boolean {
  const isOfNoNumber = /\/IncomingPhoneNumbers\/(Mobile|TollFree)$/.test(path);
  return isOnOffer(path) || isOfNoNumber || NOTHINGS.test(path);
}

export function isOnOffer(path: string): boolean {
  return path.includes('/AvailablePhoneNumbers');
}

/** The value if it is a SID, because another value would be a bad parameter. */
function sidOr(sid: string | null, otherwise: string): string {
  return sid !== null && /^[A-Z]{2}[0-9a-f]{32}$/.test(sid) ? sid : otherwise;
}
