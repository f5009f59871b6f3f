import {
  afterDial,
  CALL_EVENTS,
  type CallDial,
  type CallNext,
  type DialledNumber,
  MAX_DIALLED,
  MAX_SECONDS,
  RECORDING_EVENTS,
} from './call-run.ts';

import type { Course } from './course.ts';
import { BAD_RECORDING_EVENT, type Verb } from './twiml.ts';
import type { VerbReader } from './verb-reader.ts';
import { isRun, nounsOf } from './verbs.ts';

const ATTRIBUTES = [
  'action',
  'answerOnBridge',
  'callerId',
  'hangupOnStar',
  'method',
  'record',
  'recordingStatusCallback',
  'recordingStatusCallbackEvent',
  'recordingStatusCallbackMethod',
  'recordingTrack',
  'referMethod',
  'referUrl',
  'ringTone',
  'sequential',
  'timeLimit',
  'timeout',
  'trim',
];
const NUMBER_ATTRIBUTES = [
  'amdStatusCallback',
  'amdStatusCallbackMethod',
  'byoc',
  'machineDetection',
  'machineDetectionSilenceTimeout',
  'machineDetectionSpeechEndThreshold',
  'machineDetectionSpeechThreshold',
  'machineDetectionTimeout',
  'method',
  'sendDigits',
  'statusCallback',
  'statusCallbackEvent',
  'statusCallbackMethod',
  'url',
];
const DETECTIONS = ['Enable', 'DetectMessageEnd', 'none'] as const;
const TIMEOUT = { least: 1, most: 600, usual: 30 };
const TIME_LIMIT = { least: 1, most: MAX_SECONDS, usual: MAX_SECONDS };
const RECORD = [
  'do-not-record',
  'record-from-answer',
  'record-from-ringing',
  'record-from-answer-dual',
  'record-from-ringing-dual',
  'true',
  'false',
] as const;

/**
 * @param position the index after the verb
 * @returns the next step; null when there is no number to call, and the document goes on
 */
export function dial(course: Course, verb: Verb, position: number): CallNext | null {
  const reader = course.read(verb, ATTRIBUTES);
  course.answer();
  const numbers = numbersOf(course, reader);
  const dialled: CallDial = {
    kind: 'dial',
    position,
    numbers,
    sequential: reader.flag('sequential', { usual: false }),
    timeout: reader.number('timeout', TIMEOUT),
    time_limit: Math.min(reader.number('timeLimit', TIME_LIMIT), course.room),
    caller_id: reader.text('callerId')?.trim() || null,
    hangup_on_star: reader.flag('hangupOnStar', { usual: false }),
    record: recordOf(reader),
    trim: reader.oneOf('trim', ['trim-silence', 'do-not-trim'], 'do-not-trim'),
    recording_status_callback: reader.callback(
      'recordingStatusCallback',
      RECORDING_EVENTS,
      BAD_RECORDING_EVENT,
    ),
    action: reader.url('action'),
    method: reader.method(),
  };
  course.log.ran(verb, { numbers: numbers.map(({ number }) => number) });
  if (numbers.length > 0) return dialled;
  reader.warn('has no number to call.');
  return afterDial(dialled, { status: 'failed', call_sid: '', duration: 0, bridged: false });
}

function recordOf(reader: VerbReader): CallDial['record'] {
  const record = reader.oneOf('record', RECORD, 'do-not-record');
  if (record === 'false') return 'do-not-record';
  return record === 'true' ? 'record-from-answer' : record;
}

/** The number in the verb's own text, or those of its `Number` elements. */
function numbersOf(course: Course, reader: VerbReader): DialledNumber[] {
  const { verb } = reader;
  const numbers: DialledNumber[] = [];
  if (verb.text !== '') numbers.push(plainNumber(verb.text));
  for (const child of verb.children) {
    if (!isRun(nounsOf('Dial'), child.name)) {
      course.log.warn(child, `${child.name} is not run in a Dial; only numbers are called.`);
    } else if (numbers.length === MAX_DIALLED) {
      course.log.warn(child, `A Dial calls at most ${MAX_DIALLED} numbers.`);
    } else if (child.text === '') course.log.warn(child, 'Number is empty.');
    else numbers.push(numberOf(course.read(child, NUMBER_ATTRIBUTES)));
  }
  return numbers;
}

function plainNumber(number: string): DialledNumber {
  return {
    number,
    send_digits: '',
    url: null,
    method: 'POST',
    status_callback: null,
    machine_detection: null,
    amd_status_callback: null,
    amd_status_callback_method: 'POST',
  };
}

function numberOf(reader: VerbReader): DialledNumber {
  const byoc = reader.text('byoc')?.trim() ?? '';
  const detection = reader.oneOf('machineDetection', DETECTIONS, 'none');
  return {
    number: reader.verb.text,
    ...(byoc !== '' && { byoc }),
    send_digits: reader.text('sendDigits') ?? '',
    url: reader.url('url'),
    method: reader.method(),
    status_callback: reader.callback('statusCallback', CALL_EVENTS),
    machine_detection: detection === 'none' ? null : detection,
    amd_status_callback: reader.url('amdStatusCallback'),
    amd_status_callback_method: reader.method('amdStatusCallbackMethod'),
  };
}
