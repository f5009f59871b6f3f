import { z } from 'zod';
import type { Shape } from '../jobs/step.ts';
import type { CallbackWanted, CallDial, CallRecord, CallState, DialledNumber } from './call-run.ts';

/** The parts of a call's course that are stored between its steps. */

const seconds = z.number();
export const METHOD = z.enum(['GET', 'POST']);
const url = z.string().nullable();

export const CALL_STATE = z.object({
  base_url: url,
  is_answered: z.boolean(),
  seconds,
  max_seconds: seconds,
  inputs: z.array(z.string()),
} satisfies Shape<CallState>);

export const CALLBACK_WANTED = z.object({
  url: z.string(),
  method: METHOD,
  events: z.array(z.string()),
} satisfies Shape<CallbackWanted>);

const MACHINE_DETECTION = z.enum(['Enable', 'DetectMessageEnd']).nullable();

const DIALLED_NUMBER = z.object({
  number: z.string(),
  send_digits: z.string(),
  byoc: z.string().exactOptional(),
  url,
  method: METHOD,
  status_callback: CALLBACK_WANTED.nullable(),
  // Steps that were written before a `Number` could ask for a detection lack these.
  machine_detection: MACHINE_DETECTION.default(null),
  amd_status_callback: url.default(null),
  amd_status_callback_method: METHOD.default('POST'),
} satisfies Shape<DialledNumber>);

export const CALL_DIAL = z.object({
  kind: z.literal('dial'),
  position: z.number(),
  numbers: z.array(DIALLED_NUMBER),
  sequential: z.boolean(),
  timeout: seconds,
  time_limit: seconds,
  caller_id: z.string().nullable(),
  hangup_on_star: z.boolean(),
  record: z.enum([
    'do-not-record',
    'record-from-answer',
    'record-from-ringing',
    'record-from-answer-dual',
    'record-from-ringing-dual',
  ]),
  trim: z.enum(['trim-silence', 'do-not-trim']),
  recording_status_callback: CALLBACK_WANTED.nullable(),
  action: url,
  method: METHOD,
} satisfies Shape<CallDial>);

export const CALL_RECORD = z.object({
  kind: z.literal('record'),
  position: z.number(),
  began: seconds,
  seconds,
  words: z.string(),
  digits: z.string(),
  is_hung_up: z.boolean(),
  max_length: seconds,
  timeout: seconds,
  finish_on_key: z.string(),
  play_beep: z.boolean(),
  trim: z.enum(['trim-silence', 'do-not-trim']),
  transcribe: z.boolean(),
  transcribe_callback: url,
  recording_status_callback: CALLBACK_WANTED.nullable(),
  action: url,
  method: METHOD,
} satisfies Shape<CallRecord>);
