import type { App } from '../app.ts';
import { doTask } from '../jobs/do-task.ts';
import { readStep } from '../jobs/step.ts';
import type { Task } from '../jobs/task.ts';
import { fetchRecording } from './recording-store.ts';
import { reportTranscription } from './transcribe.ts';
import { TRANSCRIPTION_STEPS } from './transcription.ts';
import { fetchTranscription } from './transcription-store.ts';

/** Finds the text of a recording. `words` are those that are known beforehand, or empty. */
export type Transcribe = (said: { readonly words: string; readonly seconds: number }) => string;

/** Writes down the text of a recording. */
export async function finishTranscription(
  app: App,
  task: Task,
  transcribe: Transcribe,
): Promise<void> {
  const { db } = app.database;
  const step = readStep(TRANSCRIPTION_STEPS, task.step);
  const { account_sid, sid } = task;
  const found = await fetchTranscription(db, account_sid, sid);
  await doTask(app, task, found?.created_by_grant ?? null, async (act) => {
    const transcription = await fetchTranscription(act.tx, account_sid, sid);
    if (!transcription || transcription.status !== 'in-progress') return null;
    const recording = await fetchRecording(act.tx, account_sid, transcription.recording_sid);
    // Deleting a recording deletes its transcriptions.
    if (!recording) return null;
    const text = transcribe({ words: step.words, seconds: recording.duration ?? 0 });
    await reportTranscription(act, transcription, recording, { ...step, text });
    return null;
  });
}
