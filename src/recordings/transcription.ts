import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { TranscriptionsTable } from '../db/tables/acting-tables.ts';
import { dates2010, resource, rfc2822Date, sid } from '../http/answers/resource.ts';
import type { Shape, Steps } from '../jobs/step.ts';
import type { Step } from '../jobs/task.ts';
import { priceText } from './recording.ts';

export type Transcription = Selectable<TranscriptionsTable>;

const STATUSES = ['in-progress', 'completed', 'failed'] as const;
const API_VERSION = '2010-04-01';

/** `Transcription`: docs/contract/recordings.md, "Transcriptions". */
export const TRANSCRIPTION = resource('Transcription', 'transcriptions', {
  account_sid: sid('AC'),
  api_version: z.string(),
  date_created: rfc2822Date,
  date_updated: rfc2822Date,
  duration: z.string().nullable(),
  price: z.string().nullable(),
  price_unit: z.string(),
  recording_sid: sid('RE'),
  sid: sid('TR'),
  status: z.enum(STATUSES),
  transcription_text: z.string().nullable(),
  type: z.string(),
  uri: z.string(),
});

/** The step of a transcription. */
export interface TranscriptionStep extends Step {
  readonly name: 'transcribe';
  /** The spoken words, if they are known; otherwise empty. */
  readonly words: string;
  /** The callback; null when none is wanted. */
  readonly callback: { readonly url: string; readonly by_grant: string | null } | null;
  /** Parameters about the call, for the callback. */
  readonly parameters: Readonly<Record<string, string>>;
}

export const TRANSCRIPTION_STEPS: Steps<TranscriptionStep> = {
  kind: 'transcription',
  schema: z.object({
    name: z.literal('transcribe'),
    words: z.string(),
    callback: z.object({ url: z.string(), by_grant: z.string().nullable() }).nullable(),
    parameters: z.record(z.string(), z.string()),
  } satisfies Shape<TranscriptionStep>),
};

export function transcriptionPath({ account_sid, sid: own }: Transcription): string {
  return accountUri(account_sid, `/Transcriptions/${own}`);
}

export function presentTranscription(transcription: Transcription) {
  const { account_sid, duration } = transcription;
  return {
    account_sid,
    api_version: API_VERSION,
    ...dates2010(transcription),
    duration: duration === null ? null : String(duration),
    price: priceText(transcription.price_micro),
    price_unit: 'USD',
    recording_sid: transcription.recording_sid,
    sid: transcription.sid,
    status: transcription.status,
    transcription_text: transcription.transcription_text,
    type: transcription.type,
    uri: transcriptionPath(transcription),
  };
}
