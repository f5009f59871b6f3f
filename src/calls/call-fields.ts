import { z } from 'zod';
import {
  boolean,
  callbackUrl,
  clearableText,
  httpMethod,
  integer,
  oneOf,
  setOf,
  sidReference,
  URL_LENGTH,
} from '../http/parameters/fields.ts';
import { badParameter } from '../kit/api-error.ts';
import { RECORDING_TRACKS } from '../recordings/recording.ts';
import {
  CALL_EVENTS,
  type CallEvent,
  MAX_SECONDS,
  type Method,
  RECORDING_EVENTS,
} from '../twiml/call-run.ts';
import { PLAIN_OPTIONS, type RecordingWanted } from './call-options.ts';
import { type NewCall, TWIML_LENGTH } from './new-call.ts';

const ADDRESS_LENGTH = 512;
/** A limit above that of TwiML, so that a long text is refused with TwiML's own code. */
const READ_LENGTH = 64 * 1_024;
const MAX_TIMEOUT = 600;
/** The documented limit of one day. A call ends after `MAX_SECONDS` all the same. */
const MAX_TIME_LIMIT = 86_400;
const SIP_AUTH_LENGTH = 256;
const REASON_LENGTH = 50;
/** https://www.twilio.com/docs/api/errors/21626 */
const INVALID_EVENT = 21626;
const TOKEN_LENGTH = 2_048;

/** A required parameter. A request without it is refused with its own code. */
const address = z
  .string()
  .default('')
  .pipe(clearableText(ADDRESS_LENGTH))
  .meta({ openapi: { type: 'string', maxLength: ADDRESS_LENGTH } });

export const instructionUrl = clearableText(READ_LENGTH).meta({
  openapi: { type: 'string', format: 'uri', maxLength: URL_LENGTH },
});

export const twimlText = clearableText(READ_LENGTH).meta({
  openapi: { type: 'string', maxLength: TWIML_LENGTH },
});

export const timeLimit = integer(1, MAX_TIME_LIMIT)
  .transform((seconds) => Math.min(seconds, MAX_SECONDS))
  .meta({ openapi: { type: 'integer', minimum: 1, maximum: MAX_TIME_LIMIT } });

const sendDigits = clearableText(32)
  .refine(
    (keys) => keys === null || /^[0-9A-D#*wW]+$/.test(keys),
    'may hold 0-9, A-D, #, *, w and W',
  )
  .meta({ openapi: { type: 'string', maxLength: 32, pattern: '^[0-9A-D#*wW]*$' } });

/** The recording parameters of a call. A recording that starts later has them too. */
export const RECORDING_FIELDS = {
  RecordingStatusCallbackEvent: setOf(RECORDING_EVENTS).optional(),
  RecordingStatusCallback: callbackUrl.optional(),
  RecordingStatusCallbackMethod: httpMethod.optional(),
  Trim: oneOf(['trim-silence', 'do-not-trim']).optional(),
  RecordingChannels: oneOf(['mono', 'dual']).optional(),
  RecordingTrack: oneOf(RECORDING_TRACKS).optional(),
};

/** The parameters of `POST /Calls`. Parameters without effect here are only checked. */
export const NEW_CALL_FIELDS = {
  To: address,
  From: address,
  Method: httpMethod.optional(),
  FallbackUrl: callbackUrl.optional(),
  FallbackMethod: httpMethod.optional(),
  StatusCallback: callbackUrl.optional(),
  StatusCallbackEvent: setOf(CALL_EVENTS, INVALID_EVENT).optional(),
  StatusCallbackMethod: httpMethod.optional(),
  SendDigits: sendDigits.optional(),
  Timeout: integer(0, MAX_TIMEOUT).optional(),
  Record: boolean.optional(),
  ...RECORDING_FIELDS,
  SipAuthUsername: clearableText(SIP_AUTH_LENGTH).optional(),
  SipAuthPassword: clearableText(SIP_AUTH_LENGTH).optional(),
  MachineDetection: oneOf(['Enable', 'DetectMessageEnd']).optional(),
  MachineDetectionTimeout: integer(3, 120).optional(),
  CallerId: clearableText(ADDRESS_LENGTH).optional(),
  MachineDetectionSpeechThreshold: integer(1_000, 6_000).optional(),
  MachineDetectionSpeechEndThreshold: integer(500, 5_000).optional(),
  MachineDetectionSilenceTimeout: integer(2_000, 10_000).optional(),
  AsyncAmd: boolean.optional(),
  AsyncAmdStatusCallback: callbackUrl.optional(),
  AsyncAmdStatusCallbackMethod: httpMethod.optional(),
  Byoc: sidReference('BY').optional(),
  CallReason: clearableText(REASON_LENGTH).optional(),
  CallToken: clearableText(TOKEN_LENGTH).optional(),
  TimeLimit: timeLimit.optional(),
  ClientNotificationUrl: callbackUrl.optional(),
  Url: instructionUrl.optional(),
  Twiml: twimlText.optional(),
  ApplicationSid: sidReference('AP').optional(),
};

interface GivenRecording {
  readonly recording_status_callback?: string | null;
  readonly recording_status_callback_method?: Method;
  readonly recording_status_callback_event?: readonly string[];
  readonly recording_channels?: 'mono' | 'dual';
  readonly recording_track?: 'inbound' | 'outbound' | 'both';
}

interface Given extends GivenRecording {
  readonly to: string | null;
  readonly from: string | null;
  readonly url?: string | null;
  readonly method?: Method;
  readonly twiml?: string | null;
  readonly application_sid?: string | null;
  readonly fallback_url?: string | null;
  readonly fallback_method?: Method;
  readonly status_callback?: string | null;
  readonly status_callback_method?: Method;
  readonly status_callback_event?: readonly CallEvent[];
  readonly send_digits?: string | null;
  readonly timeout?: number;
  readonly time_limit?: number;
  readonly record?: boolean;
  readonly byoc?: string | null;
  readonly call_reason?: string | null;
  readonly sip_auth_username?: string | null;
  readonly sip_auth_password?: string | null;
  readonly machine_detection?: 'Enable' | 'DetectMessageEnd';
  readonly async_amd?: boolean;
  readonly async_amd_status_callback?: string | null;
  readonly async_amd_status_callback_method?: Method;
}

/** The requested recording. */
export function recordingOf(given: GivenRecording): RecordingWanted {
  const url = given.recording_status_callback ?? null;
  return {
    channels: given.recording_channels === 'dual' ? 2 : 1,
    track: given.recording_track ?? 'both',
    callback:
      url === null
        ? null
        : {
            url,
            method: given.recording_status_callback_method ?? 'POST',
            events: given.recording_status_callback_event ?? ['completed'],
          },
  };
}

/**
 * Makes a new call from the parameters.
 * @throws ApiError 400/20001 for an application, because there are none here.
 */
export function newCallOf(given: Given): NewCall {
  if (given.application_sid) {
    throw badParameter('ApplicationSid', 'names an application, but Tieline has none');
  }
  const { async_amd, send_digits = null } = given;
  // A call with `SendDigits` has no detection.
  const machine_detection = send_digits === null ? (given.machine_detection ?? null) : null;
  const isAsync = async_amd === true && machine_detection !== null;
  return {
    to: given.to ?? '',
    from: given.from ?? '',
    direction: 'outbound-api',
    parent_call_sid: null,
    forwarded_from: null,
    status_callback: given.status_callback ?? null,
    status_callback_method: given.status_callback_method ?? 'POST',
    status_callback_events: given.status_callback_event ?? ['completed'],
    sip_auth_password: given.sip_auth_password ?? null,
    options: {
      ...PLAIN_OPTIONS,
      url: given.url ?? null,
      method: given.method ?? 'POST',
      fallback_url: given.fallback_url ?? null,
      fallback_method: given.fallback_method ?? 'POST',
      twiml: given.twiml ?? null,
      send_digits,
      timeout: given.timeout ?? PLAIN_OPTIONS.timeout,
      time_limit: given.time_limit ?? MAX_SECONDS,
      machine_detection,
      async_amd: isAsync
        ? {
            url: given.async_amd_status_callback ?? null,
            method: given.async_amd_status_callback_method ?? 'POST',
          }
        : null,
      byoc: given.byoc ?? null,
      call_reason: given.call_reason ?? null,
      sip_auth_username: given.sip_auth_username ?? null,
      record: given.record === true ? recordingOf(given) : null,
    },
  };
}
