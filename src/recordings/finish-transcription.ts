import type { App } from '../app.ts';
import { doTask } from '../jobs/do-task.ts';
import type { Task } from '../jobs/task.ts';
import { fetchRecording } from './recording-store.ts';
import { reportTranscription } from './transcribe.ts';
import type { TranscriptionStep } from './transcription.ts';
import { fetchTranscription } from './transcription-store.ts';

/** Finishes a transcription with the words that the simulated carrier knows. */
export async function finishTranscription(app: App, task: Task): Promise<void> {
  const { db } = app.database;
  const step = JSON.parse(task.step) as TranscriptionStep;
  const { account_sid, sid } = task;
  const found = await fetchTranscription(db, account_sid, sid);
  await doTask(app, task, found?.created_by_grant ?? null, async (act) => {
    const transcription = await fetchTranscription(act.tx, account_sid, sid);
    if (!transcription || transcription.status !== 'in-progress') return null;
    const recording = await fetchRecording(act.tx, account_sid, transcription.recording_sid);
    // Deleting a recording deletes its transcriptions.
    if (!recording) return null;
    const unknown = `A simulated recording of ${recording.duration ?? 0} seconds.`;
    await reportTranscription(act, transcription, recording, step.words || unknown, step);
    return null;
  });
}
