import { START_OF_TIME } from '../support/test-app.ts';
import { canary, NOTHINGS, type Segment, type Tenant } from './tenants.ts';

/** What the parameters of the API refer to; null: there is nothing of that kind here. */
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

/** A value of every filter of a list, for what is the target's where there is such a one. */
function valuesBy(target: Tenant, names: readonly string[]): Readonly<Record<string, string>> {
  const call_sid = sidOr(target.things.Calls, `CA${'f'.repeat(32)}`);
  return {
    FriendlyName: canary(target.name, 'friendly_name'),
    Status: names.includes('ParentCallSid') ? 'in-progress' : 'active',
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
    To: '+1',
    From: '+1',
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

/** Every filter of a list, asking for what is the target's. */
export function filtersBy(target: Tenant, names: readonly string[]): [string, string][] {
  const values = valuesBy(target, names);
  const filters = names.map((name): [string, string] => {
    const value = values[name];
    if (value === undefined) throw new Error(`test/isolation/values.ts has no value for ${name}`);
    return [name, value];
  });
  // A position in a list is no right to it: the tokens of pages can be made by anybody.
  const position = `${START_OF_TIME.toString(36)}-${target.things.Accounts}`;
  const tokens = target.account ? [`PA${position}`, `PB${position}`] : [];
  return [...filters, ...tokens.map((token): [string, string] => ['PageToken', token])];
}

/** Lists that are of nobody's things, and those of a type that no tenant's number is of. */
export function holdsNothing(path: string): boolean {
  const isOfNoNumber = /\/IncomingPhoneNumbers\/(Mobile|TollFree)$/.test(path);
  return isOnOffer(path) || isOfNoNumber || NOTHINGS.test(path);
}

export function isOnOffer(path: string): boolean {
  return path.includes('/AvailablePhoneNumbers');
}

/** A SID as far as it is one: anything else is no filter, but a bad parameter. */
function sidOr(sid: string | null, otherwise: string): string {
  return sid !== null && /^[A-Z]{2}[0-9a-f]{32}$/.test(sid) ? sid : otherwise;
}
