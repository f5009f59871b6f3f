import type { Act } from '../audit/act.ts';
import { charge } from '../carrier/charge.ts';
import { sendCallback } from '../carrier/send-callback.ts';
import { handOver, takeBack } from '../jobs/hand-over.ts';
import { readStep } from '../jobs/step.ts';
import { MICRO_PER_UNIT } from '../kit/money.ts';
import { type Recording, recordingUrl } from './recording.ts';
import {
  TRANSCRIPTION_STEPS,
  type Transcription,
  type TranscriptionStep,
  transcriptionPath,
} from './transcription.ts';
import {
  deleteTranscriptionRow,
  fetchTranscribing,
  insertTranscription,
  updateTranscription,
} from './transcription-store.ts';

/** Starts the transcription of a recording. @param due the time when it is due */
export async function startTranscription(
  act: Act,
  { account_sid, root_sid, sid: recording_sid }: Recording,
  wanted: Omit<TranscriptionStep, 'name'>,
  due: number,
): Promise<Transcription> {
  const { app, tx, now, actor } = act;
  const made = await insertTranscription(tx, {
    sid: app.newSid('TR'),
    account_sid,
    root_sid,
    recording_sid,
    status: 'in-progress',
    type: 'fast',
    duration: null,
    price_micro: null,
    transcription_text: null,
    created_by_grant: actor.grant_sid,
    date_created: now,
    date_updated: now,
  });
  const step: TranscriptionStep = { name: 'transcribe', ...wanted };
  const thing = { sid: made.sid, account_sid, root_sid, kind: 'transcription' } as const;
  await handOver(act, thing, { step, date_next: due });
  return made;
}

/** Finishes a transcription: meters it by started minutes, and sends its callback. */
export async function reportTranscription(
  act: Act,
  transcription: Transcription,
  { duration }: Recording,
  { text, callback, parameters }: Omit<TranscriptionStep, 'words'> & { readonly text: string },
): Promise<void> {
  const { app, tx, now } = act;
  const { account_sid, root_sid, recording_sid, sid: key } = transcription;
  const usage_micro = Math.ceil((duration ?? 0) / 60) * MICRO_PER_UNIT;
  const used = { account_sid, category: 'transcriptions', count: 1, usage_micro, key };
  const reported = await updateTranscription(tx, transcription, {
    status: 'completed',
    duration,
    transcription_text: text,
    price_micro: await charge(act, used),
    date_updated: now,
  });
  if (callback === null) return;
  const { origin } = app.home;
  const url = transcriptionPath(reported).replace(/\.json$/, '');
  await sendCallback(act, {
    account_sid,
    root_sid,
    kind: 'transcription',
    url: callback.url,
    method: 'POST',
    parameters: {
      ...parameters,
      TranscriptionSid: key,
      TranscriptionText: text,
      TranscriptionStatus: reported.status,
      TranscriptionUrl: origin + url,
      TranscriptionType: reported.type,
      RecordingSid: recording_sid,
      RecordingUrl: recordingUrl(app, { account_sid, sid: recording_sid }),
    },
    url_by_grant: callback.by_grant,
  });
}

/** Removes a transcription, and its task if it is not done. */
export async function removeTranscription(act: Act, transcription: Transcription): Promise<void> {
  await takeBack(act, transcription.sid);
  await deleteTranscriptionRow(act.tx, transcription);
}

/** Deletes a transcription. Its recording stays. */
export async function deleteTranscription(act: Act, transcription: Transcription): Promise<void> {
  const { account_sid, sid } = transcription;
  await removeTranscription(act, transcription);
  act.record({ action: 'transcription.deleted', account_sid, target_sid: sid });
}

/** Removes a grant's callbacks from running transcriptions. @returns the number of changed tasks */
export async function muteTranscriptionsOfGrant(
  act: Act,
  account_sid: string,
  grant_sid: string,
): Promise<number> {
  let muted = 0;
  for (const task of await fetchTranscribing(act.tx, account_sid)) {
    const step = readStep(TRANSCRIPTION_STEPS, task.step);
    if (step.callback?.by_grant !== grant_sid) continue;
    const silent: TranscriptionStep = { ...step, callback: null };
    await handOver(act, task, { step: silent, date_next: task.date_next });
    muted += 1;
  }
  return muted;
}
