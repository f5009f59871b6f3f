import { refusalOf } from '../access/policy.ts';
import { type Principal } from '../access/principal.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import {
  type Call,
  createEndpoint,
  deleteEndpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import {
  boolean,
  callbackUrl,
  clearableText,
  FRIENDLY_NAME_LENGTH,
  fields,
  httpMethod,
  type InputOf,
  oneOf,
  sidReference,
  text,
} from '../http/parameters/fields.ts';
import { nameText } from '../http/parameters/name-fields.ts';
import { badParameter, orNotFound } from '../kit/api-error.ts';
import { buyNumber, type WantedNumber } from './buy-number.ts';
import { changeNumber, moveNumber } from './change-number.ts';
import {
  API_VERSION,
  EMERGENCY_STATUSES,
  INCOMING_PHONE_NUMBER,
  presentIncomingPhoneNumber,
  RECEIVE_MODES,
} from './incoming-phone-number.ts';
import { fetchNumber, listNumbers } from './incoming-phone-number-store.ts';
import { type NumberType, PART_OF_NUMBER, withoutSeparators } from './phone-number.ts';
import { pretendBuy } from './pretend-buy.ts';
import { releaseNumber } from './release-number.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/IncomingPhoneNumbers' as const;
const INSTANCE = `${LIST}/:Sid` as const;
const NUMBER_LENGTH = 32;

/** The lists of one type, by the end of their paths. */
const TYPES = { Local: 'local', Mobile: 'mobile', TollFree: 'toll-free' } as const;
type TypedList = keyof typeof TYPES;

const SETTINGS = {
  ApiVersion: oneOf([API_VERSION]).optional(),
  FriendlyName: nameText(FRIENDLY_NAME_LENGTH).optional(),
  SmsApplicationSid: sidReference('AP').optional(),
  SmsFallbackMethod: httpMethod.optional(),
  SmsFallbackUrl: callbackUrl.optional(),
  SmsMethod: httpMethod.optional(),
  SmsUrl: callbackUrl.optional(),
  StatusCallback: callbackUrl.optional(),
  StatusCallbackMethod: httpMethod.optional(),
  VoiceApplicationSid: sidReference('AP').optional(),
  VoiceCallerIdLookup: boolean.optional(),
  VoiceFallbackMethod: httpMethod.optional(),
  VoiceFallbackUrl: callbackUrl.optional(),
  VoiceMethod: httpMethod.optional(),
  VoiceUrl: callbackUrl.optional(),
  EmergencyStatus: oneOf(EMERGENCY_STATUSES).optional(),
  EmergencyAddressSid: sidReference('AD').optional(),
  TrunkSid: sidReference('TK').optional(),
  IdentitySid: sidReference('RI').optional(),
  AddressSid: sidReference('AD').optional(),
  VoiceReceiveMode: oneOf(RECEIVE_MODES).optional(),
  BundleSid: sidReference('BU').optional(),
};
const settings = fields(SETTINGS);
const PHONE_NUMBER = text(NUMBER_LENGTH);

const AREA_CODE = text(NUMBER_LENGTH)
  .refine((code) => /^[2-9]\d\d$/.test(code), 'must be an area code of three digits')
  .meta({ openapi: { type: 'string', pattern: String.raw`^[2-9]\d\d$` } });

/**
 * The columns for a caller's settings. A trunk and a voice application replace each other; if both
 * are given, the trunk wins.
 */
function settingsOf(input: InputOf<typeof settings>): WantedNumber['settings'] {
  const { api_version: _, voice_caller_id_lookup, ...rest } = input;
  return {
    ...rest,
    ...(voice_caller_id_lookup !== undefined && {
      voice_caller_id_lookup: voice_caller_id_lookup ? 1 : 0,
    }),
    ...(rest.voice_application_sid != null && { trunk_sid: null }),
    ...(rest.trunk_sid != null && { trunk_sid: rest.trunk_sid, voice_application_sid: null }),
  };
}

/** A part of a number; `*` stands for any digit. */
const partOfNumber = clearableText(NUMBER_LENGTH)
  .transform((part) => part && withoutSeparators(part))
  .refine((part) => part === null || /^\+?[\d*]+$/.test(part), {
    error: 'must be digits of a number, with * for any digit',
  })
  .transform((part) => part?.replaceAll('*', '_'))
  .meta({ openapi: { type: 'string', pattern: PART_OF_NUMBER } });

const filters = fields({
  Beta: boolean.optional(),
  FriendlyName: clearableText(FRIENDLY_NAME_LENGTH).optional(),
  PhoneNumber: partOfNumber.optional(),
  Origin: oneOf(['twilio', 'hosted']).optional(),
});

function listOf(name: TypedList | null) {
  const type: NumberType | undefined = name === null ? undefined : TYPES[name];
  return listEndpoint({
    id: `ListIncomingPhoneNumber${name ?? ''}`,
    summary: `The ${type === undefined ? '' : `${type} `}phone numbers of the account`,
    path: (name === null ? LIST : `${LIST}/${name}`) as typeof LIST,
    operation: 'resource.read',
    input: filters,
    resource: INCOMING_PHONE_NUMBER,
    async handle({ db, account_sid, input }, page) {
      // No number here is hosted for another carrier.
      if (input.origin === 'hosted') return { rows: [], has_next: false, has_previous: false };
      const { friendly_name, phone_number: part } = input;
      const filter = { type, friendly_name: friendly_name ?? undefined, part };
      return listNumbers(db, account_sid, filter, page);
    },
    present: presentIncomingPhoneNumber,
  });
}

async function buy(call: Call & Act, wanted: WantedNumber) {
  const account = orNotFound(await fetchAccount(call.tx, call.account_sid));
  return presentIncomingPhoneNumber(await buyNumber(call, account, wanted));
}

const anyNumber = fields({
  ...SETTINGS,
  PhoneNumber: PHONE_NUMBER.optional(),
  AreaCode: AREA_CODE.optional(),
});

/** @throws ApiError 400/20001 when neither a number nor an area is given. */
function wantedOf({ phone_number, area_code, ...rest }: InputOf<typeof anyNumber>): WantedNumber {
  const settings = settingsOf(rest);
  if (phone_number !== undefined) return { phone_number, settings };
  if (area_code === undefined) throw badParameter('PhoneNumber', 'or AreaCode is required');
  return { area_code, settings };
}

function buyOf(name: TypedList) {
  const type = TYPES[name];
  const input = fields({ PhoneNumber: PHONE_NUMBER, ...SETTINGS });
  const wantedOf = ({ phone_number, ...rest }: InputOf<typeof input>): WantedNumber => ({
    phone_number,
    type,
    settings: settingsOf(rest),
  });
  return createEndpoint({
    id: `CreateIncomingPhoneNumber${name}`,
    summary: `Buys a ${type} phone number`,
    path: `${LIST}/${name}` as typeof LIST,
    operation: 'resource.write',
    input,
    resource: INCOMING_PHONE_NUMBER,
    handle: (call) => buy(call, wantedOf(call.input)),
    pretends: (call) => pretendBuy(call, wantedOf(call.input)),
  });
}

/**
 * Checks that a number may be moved to an account: it must be of the same customer, and the caller
 * must be allowed to write in it. A Connect app may write in its own subaccount only.
 * @throws ApiError 400/20001
 */
async function demandMovable(
  { tx, account_sid, principal }: { tx: Act['tx']; account_sid: string; principal: Principal },
  to: string,
): Promise<void> {
  const [from, target] = [await fetchAccount(tx, account_sid), await fetchAccount(tx, to)];
  const mayWrite = target && !refusalOf(principal, 'resource.write', target);
  const isFamily = target?.owner_account_sid === from?.owner_account_sid;
  if (!mayWrite || !isFamily || target.status === 'closed') {
    throw badParameter('AccountSid', 'must be an open account that you may move the number to');
  }
}

const typedLists = ['Local', 'Mobile', 'TollFree'] as const;

export const incomingPhoneNumberEndpoints = [
  listOf(null),
  ...typedLists.map(listOf),

  createEndpoint({
    id: 'CreateIncomingPhoneNumber',
    summary:
      'Buys a phone number: the given one, or any number with an area code of the US or Canada',
    path: LIST,
    operation: 'resource.write',
    input: anyNumber,
    resource: INCOMING_PHONE_NUMBER,
    handle: (call) => buy(call, wantedOf(call.input)),
    pretends: (call) => pretendBuy(call, wantedOf(call.input)),
  }),
  ...typedLists.map(buyOf),

  fetchEndpoint({
    id: 'FetchIncomingPhoneNumber',
    summary: 'One phone number',
    path: INSTANCE,
    operation: 'resource.read',
    resource: INCOMING_PHONE_NUMBER,
    find: ({ db, account_sid, path }) => fetchNumber(db, account_sid, path.Sid),
    present: presentIncomingPhoneNumber,
  }),

  updateEndpoint({
    id: 'UpdateIncomingPhoneNumber',
    summary: 'Changes a phone number. AccountSid moves it to another account of the customer',
    path: INSTANCE,
    operation: 'resource.write',
    input: fields({ ...SETTINGS, AccountSid: sidReference('AC').optional() }),
    resource: INCOMING_PHONE_NUMBER,
    async handle(call) {
      const { account_sid, path, input } = call;
      const { account_sid: to, ...rest } = input;
      const number = await changeNumber(call, account_sid, path.Sid, settingsOf(rest));
      if (to == null || to === account_sid) return presentIncomingPhoneNumber(number);
      await demandMovable(call, to);
      return presentIncomingPhoneNumber(await moveNumber(call, number, to));
    },
  }),

  deleteEndpoint({
    id: 'DeleteIncomingPhoneNumber',
    summary: 'Releases a phone number, which then is free for anybody to buy',
    path: INSTANCE,
    operation: 'resource.write',
    resource: INCOMING_PHONE_NUMBER,
    handle: (call) => releaseNumber(call, call.account_sid, call.path.Sid),
  }),
];
