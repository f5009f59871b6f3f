import { z } from 'zod';
import { readSpan } from '../http/parameters/date-filters.ts';
import {
  boolean,
  clearableText,
  integer,
  oneOf,
  sidReference,
  text,
  URL_LENGTH,
} from '../http/parameters/fields.ts';
import { ApiError, badParameter } from '../kit/api-error.ts';
import type { EpochMs } from '../kit/utc.ts';
import { BODY_LENGTH, MAX_MEDIA } from './message.ts';
import { MAX_VALIDITY_SECONDS, type NewMessage, PLAIN_MESSAGE } from './new-message.ts';
import { smartEncode } from './segments.ts';

const ADDRESS_LENGTH = 100;
/** A limit above that of a body, so that a long text is refused with the body's own code. */
const READ_LENGTH = 64 * 1_024;
const MAX_ACTIONS = 10;
const PRICE_LENGTH = 16;
const VARIABLES_LENGTH = 4_096;

/** A number or any other text. The rules of sending decide whether it is valid. */
const address = clearableText(ADDRESS_LENGTH);

/** A required parameter. A request without it is refused with its own code. */
const recipient = z
  .string()
  .default('')
  .pipe(clearableText(ADDRESS_LENGTH))
  .meta({ openapi: { type: 'string', maxLength: ADDRESS_LENGTH } });

const body = clearableText(READ_LENGTH).meta({
  openapi: { type: 'string', maxLength: BODY_LENGTH },
});

const address_url = clearableText(READ_LENGTH).meta({
  openapi: { type: 'string', format: 'uri', maxLength: URL_LENGTH },
});

const urls = z.array(z.string()).meta({
  openapi: { type: 'array', items: { type: 'string', format: 'uri' }, maxItems: MAX_MEDIA },
});

const actions = z
  .array(z.string().regex(/^geo:.{1,300}$/su, 'must be a place as geo:37.787,-122.391|Here'))
  .max(MAX_ACTIONS, `may be given at most ${MAX_ACTIONS} times`)
  .meta({ openapi: { type: 'array', items: { type: 'string' }, maxItems: MAX_ACTIONS } });

const price = text(PRICE_LENGTH)
  .regex(/^\d{1,9}(\.\d{1,6})?$/, 'must be a decimal number')
  .meta({ openapi: { type: 'number', minimum: 0 } });

const variables = clearableText(VARIABLES_LENGTH)
  .refine((given) => given === null || isJsonObject(given), 'must be a JSON object')
  .meta({ openapi: { type: 'string', maxLength: VARIABLES_LENGTH } });

function isJsonObject(given: string): boolean {
  try {
    const value: unknown = JSON.parse(given);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const moment = z
  .string()
  .transform((text) => (text === '' ? null : text))
  .meta({ openapi: { type: 'string', format: 'date-time' } });

/** The parameters of `POST /Messages`. Parameters without effect here are only checked. */
export const NEW_MESSAGE_FIELDS = {
  To: recipient,
  StatusCallback: address_url.optional(),
  ApplicationSid: sidReference('AP').optional(),
  MaxPrice: price.optional(),
  ProvideFeedback: boolean.optional(),
  Attempt: integer(0, 1_000_000).optional(),
  ValidityPeriod: integer(1, MAX_VALIDITY_SECONDS).optional(),
  ForceDelivery: boolean.optional(),
  ContentRetention: oneOf(['retain', 'discard']).optional(),
  AddressRetention: oneOf(['retain', 'obfuscate']).optional(),
  SmartEncoded: boolean.optional(),
  PersistentAction: actions.optional(),
  TrafficType: oneOf(['free']).optional(),
  ShortenUrls: boolean.optional(),
  ScheduleType: oneOf(['fixed']).optional(),
  SendAt: moment.optional(),
  SendAsMms: boolean.optional(),
  ContentVariables: variables.optional(),
  RiskCheck: oneOf(['enable', 'disable']).optional(),
  From: address.optional(),
  FallbackFrom: address.optional(),
  MessagingServiceSid: sidReference('MG').optional(),
  Body: body.optional(),
  MediaUrl: urls.optional(),
  ContentSid: sidReference('HX').optional(),
};

type Given = {
  readonly [Key in 'to' | 'from' | 'body' | 'status_callback' | 'send_at' | 'content_sid']?:
    | string
    | null;
} & {
  readonly messaging_service_sid?: string | null;
  readonly media_url?: readonly string[];
  readonly schedule_type?: 'fixed';
  readonly content_retention?: 'retain' | 'discard';
  readonly address_retention?: 'retain' | 'obfuscate';
  readonly smart_encoded?: boolean;
  readonly provide_feedback?: boolean;
  readonly send_as_mms?: boolean;
  readonly validity_period?: number;
};

/**
 * Makes a new message from the parameters.
 * @throws ApiError 400 for schedule parameters that contradict each other, and for templates
 */
export function newMessageOf(given: Given): NewMessage {
  const { content_sid, validity_period } = given;
  if (content_sid && !given.body) {
    throw badParameter('ContentSid', 'names a template, but Tieline has none; send a Body');
  }
  const written = given.body ?? '';
  return {
    ...PLAIN_MESSAGE,
    direction: 'outbound-api',
    to: given.to ?? '',
    from: given.from ?? null,
    messaging_service_sid: given.messaging_service_sid ?? null,
    body: given.smart_encoded ? smartEncode(written) : written,
    media_urls: (given.media_url ?? []).filter((url) => url !== ''),
    status_callback: given.status_callback ?? null,
    send_at: sendAtOf(given),
    sends_as_mms: given.send_as_mms ?? false,
    discards_body: given.content_retention === 'discard',
    obfuscates_to: given.address_retention === 'obfuscate',
    provides_feedback: given.provide_feedback ?? false,
    ...(validity_period !== undefined && { validity_ms: validity_period * 1_000 }),
  };
}

function sendAtOf({ schedule_type, send_at }: Given): EpochMs | null {
  const isAbsent = send_at === undefined || send_at === null;
  if (schedule_type === undefined) {
    if (isAbsent) return null;
    throw new ApiError(400, 35112, "'ScheduleType' must be fixed when 'SendAt' is given");
  }
  if (isAbsent) throw new ApiError(400, 35111, "'SendAt' is required to schedule a message");
  const span = /T/i.test(send_at) ? readSpan(send_at) : null;
  if (span === null) throw badParameter('SendAt', 'must be a time such as 2026-03-18T23:31:36Z');
  return span.from;
}
