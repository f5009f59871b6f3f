import type { App } from '../app.ts';
import { behindLease, doTask } from '../jobs/do-task.ts';
import { readStep } from '../jobs/step.ts';
import type { Task } from '../jobs/task.ts';
import { fetchRecording } from './recording-store.ts';
import { reportTranscription } from './transcribe.ts';
import { TRANSCRIPTION_STEPS, type Transcription } from './transcription.ts';
import { fetchTranscription } from './transcription-store.ts';

/** Finds the text of a recording. `words` are those that are known beforehand, or empty. */
export type Transcribe = (said: { readonly words: string; readonly seconds: number }) => string;

/** Writes down the text of a recording. */
export async function finishTranscription(
  app: App,
  task: Task,
  transcribe: Transcribe,
): Promise<void> {
  const step = readStep(TRANSCRIPTION_STEPS, task.step);
  const { account_sid, sid } = task;
  const resource = {
    hold: behindLease(app, task, (tx) => fetchTranscription(tx, account_sid, sid)),
    grantOf: ({ created_by_grant }: Transcription) => created_by_grant,
  };
  await doTask(app, task, resource, async (act, transcription) => {
    if (transcription.status !== 'in-progress') return null;
    const recording = await fetchRecording(act.tx, account_sid, transcription.recording_sid);
    // Deleting a recording deletes its transcriptions.
    if (!recording) return null;
    const text = transcribe({ words: step.words, seconds: recording.duration ?? 0 });
    await reportTranscription(act, transcription, recording, { ...step, text });
    return null;
  });
}
