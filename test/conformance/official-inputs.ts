import type { Endpoint } from '../../src/http/endpoint.ts';
import { SERVICE } from '../support/messages.ts';
import { A_CALL, A_MESSAGE, A_TRIGGER, validForm } from '../support/tenant.ts';

export type Form = Readonly<Record<string, string | readonly string[]>>;

const ORIGIN = 'https://things.example.com';
/** Sends from the messaging service that `aService` makes. */
const BY_SERVICE = { From: '', MessagingServiceSid: SERVICE };

/** Further forms for an operation. One sets all fields, and another clears them. */
export const FORMS: Readonly<Record<string, readonly Form[]>> = {
  UpdateAccount: [{ FriendlyName: 'Renamed' }],
  UpdateConnectApp: [
    {
      Description: 'Counts',
      HomepageUrl: ORIGIN,
      DeauthorizeCallbackUrl: `${ORIGIN}/gone`,
      DeauthorizeCallbackMethod: 'GET',
      Permissions: ['get-all', 'post-all'],
    },
    {
      Description: '',
      HomepageUrl: '',
      DeauthorizeCallbackUrl: '',
      AuthorizeRedirectUrl: '',
      Permissions: '',
    },
  ],
  CreateConnectionPolicyTarget: [
    { Target: 'sip:a.example.com', Enabled: 'false', Priority: '0', Weight: '65535' },
  ],
  CreateUsageTrigger: [
    { Recurring: 'daily', TriggerBy: 'price', CallbackMethod: 'GET', FriendlyName: 'Daily' },
    { Recurring: 'alltime', TriggerBy: 'count', TriggerValue: '+1' },
  ],
  UpdateIncomingPhoneNumber: [
    {
      SmsUrl: ORIGIN,
      SmsMethod: 'GET',
      SmsFallbackUrl: ORIGIN,
      StatusCallback: ORIGIN,
      VoiceUrl: ORIGIN,
      VoiceFallbackUrl: ORIGIN,
      VoiceCallerIdLookup: 'true',
      VoiceReceiveMode: 'fax',
      EmergencyStatus: 'Active',
      EmergencyAddressSid: `AD${'a'.repeat(32)}`,
      AddressSid: `AD${'a'.repeat(32)}`,
      BundleSid: `BU${'a'.repeat(32)}`,
      IdentitySid: `RI${'a'.repeat(32)}`,
      SmsApplicationSid: `AP${'a'.repeat(32)}`,
      TrunkSid: `TK${'a'.repeat(32)}`,
    },
    { VoiceApplicationSid: `AP${'a'.repeat(32)}`, VoiceUrl: '', SmsUrl: '', AddressSid: '' },
  ],
  CreateCall: [
    {
      Url: ORIGIN,
      StatusCallback: ORIGIN,
      StatusCallbackEvent: ['initiated', 'completed'],
      Record: 'true',
      RecordingChannels: 'dual',
      RecordingStatusCallbackEvent: ['in-progress', 'absent'],
      MachineDetection: 'Enable',
      AsyncAmd: 'true',
      SendDigits: '12#wW',
      Timeout: '600',
      TimeLimit: '86400',
    },
  ],
  UpdateCall: [{ StatusCallback: ORIGIN, FallbackUrl: ORIGIN }, { Url: ORIGIN }],
  UpdateCallRecording: [
    { Status: 'paused', PauseBehavior: 'skip' },
    { Status: 'in-progress' },
    { Status: 'stopped' },
  ],
  CreateMessage: [
    {
      ...BY_SERVICE,
      StatusCallback: ORIGIN,
      MediaUrl: [ORIGIN, ORIGIN],
      ProvideFeedback: 'true',
      SmartEncoded: 'true',
      ValidityPeriod: '60',
      ContentRetention: 'discard',
    },
    { ...BY_SERVICE, ScheduleType: 'fixed', SendAt: '2026-03-19T12:00:00Z' },
  ],
  UpdateMessage: [{ Body: '' }],
  CreateMessageFeedback: [{ Outcome: 'confirmed' }],
  UpdateUsageTrigger: [{ CallbackUrl: ORIGIN, CallbackMethod: 'GET' }],
  UpdateByocTrunk: [
    {
      VoiceUrl: ORIGIN,
      VoiceMethod: 'GET',
      VoiceFallbackUrl: ORIGIN,
      VoiceFallbackMethod: 'GET',
      StatusCallbackUrl: ORIGIN,
      StatusCallbackMethod: 'GET',
      CnamLookupEnabled: 'true',
      FromDomainSid: `SD${'a'.repeat(32)}`,
    },
    { VoiceUrl: '', VoiceFallbackUrl: '', StatusCallbackUrl: '', FromDomainSid: '' },
  ],
};

/** Required fields whose values never change. */
const NEEDED: Readonly<Record<string, Form>> = {
  CreateConnectionPolicyTarget: { Target: 'sip:b.example.com' },
  CreateUsageTrigger: A_TRIGGER,
  CreateMessage: A_MESSAGE,
  CreateCall: A_CALL,
  UpdateCallRecording: { Status: 'in-progress' },
};

/** The required fields of an operation. A number can be bought once, so each form has a new one. */
export function neededBy(endpoint: Endpoint): Form {
  const { PhoneNumber } = validForm(endpoint);
  return { ...NEEDED[endpoint.id], ...(PhoneNumber !== undefined && { PhoneNumber }) };
}
