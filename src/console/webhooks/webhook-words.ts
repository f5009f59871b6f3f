import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import {
  type Attempt,
  type Delivery,
  describeAttempt,
  type WebhookKind,
} from '../../webhooks/webhook.ts';
import type { Result } from './webhook-filter.ts';

/** The words of webhooks on all of their pages. */

export const KIND_WORDS: Readonly<Record<WebhookKind, string>> = {
  deauthorize: 'Customer revoked',
  'usage-trigger': 'Usage trigger',
  'message-status': 'Message status',
  'call-status': 'Call status',
  'call-action': 'Call action',
  'answering-machine': 'Answering machine detected',
  'recording-status': 'Recording status',
  transcription: 'Transcription',
  'voice-twiml': 'Request for TwiML of a call',
  'messaging-twiml': 'Request for TwiML of a message',
};

export const RESULT_WORDS: Readonly<Record<Result, string>> = {
  failing: 'Failing',
  dead: 'Gave up',
  delivered: 'Delivered',
  waiting: 'On its way',
  cancelled: 'Cancelled',
};

const TONES: Readonly<Record<Result, string>> = {
  failing: 'warn',
  dead: 'bad',
  delivered: 'good',
  waiting: '',
  cancelled: 'quiet',
};

export const kindWords = ({ kind }: Delivery): string => KIND_WORDS[kind as WebhookKind] ?? kind;

/** The result of a delivery so far. */
export function resultOf({ state, attempts, date_next }: Delivery): Result {
  if (date_next !== null || state === 'leased') return attempts > 0 ? 'failing' : 'waiting';
  return state === 'pending' ? 'waiting' : state;
}

export function resultTag(delivery: Delivery): Html {
  const result = resultOf(delivery);
  return html`<span class="tag ${TONES[result]}">${RESULT_WORDS[result]}</span>`;
}

/** The parameters of a delivery, as decoded pairs. */
export function parametersOf({ payload }: Delivery): (readonly [string, string])[] {
  const fields = JSON.parse(payload) as Record<string, unknown>;
  return Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

/** The parameters that say what happened, in a few words. */
const TOLD = [
  'MessageStatus',
  'CallStatus',
  'RecordingStatus',
  'AnsweredBy',
  'UsageCategory',
  'To',
];

/** The event of a delivery in a few words; empty when its parameters tell nothing. */
export function eventWords(delivery: Delivery): string {
  const parameters = new Map(parametersOf(delivery));
  const told = TOLD.flatMap((name) => parameters.get(name) ?? []).filter((text) => text !== '');
  return told.join(', ');
}

/** The answer of a receiver with advice, in sentences; null for a good answer. */
export function likelyCause({ status, error }: Pick<Attempt, 'status' | 'error'>): string | null {
  if (status !== null && status >= 200 && status < 300) return null;
  const said = describeAttempt({ status, error });
  const cause = status === null ? null : (CAUSES[status] ?? null);
  return cause === null ? said : `${said} ${cause}`;
}

const REFUSES = 'Mostly the receiver checks the signature and refuses it.';
const CAUSES: Readonly<Record<number, string>> = {
  400: REFUSES,
  401: REFUSES,
  403: REFUSES,
  404: 'The server runs, but has nothing at this path.',
  405: 'The path does not take this method.',
  410: 'The receiver said that it wants no more of these.',
  500: 'The receiver failed; its own log says why.',
  502: 'A proxy answers, but the program behind it does not.',
  503: 'A proxy answers, but the program behind it does not.',
};
