import type { Call } from '../calls/call.ts';
import type { TimelineEntry } from '../carrier/timeline.ts';
import type { Tx } from '../db/database.ts';
import type { Message } from '../messages/message.ts';
import type { Recording } from '../recordings/recording.ts';
import type { Transcription } from '../recordings/transcription.ts';

export interface FirstLogRows {
  readonly messages: readonly Message[];
  readonly calls: readonly Call[];
  readonly timeline: readonly TimelineEntry[];
  readonly recordings: readonly Recording[];
  readonly transcriptions: readonly Transcription[];
}

/** Writes the log of a first start, with a few hundred rows in a table at most. */
export async function insertFirstLog(tx: Tx, rows: FirstLogRows): Promise<void> {
  await tx.insertInto('messages').values(rows.messages).execute();
  await tx.insertInto('calls').values(rows.calls).execute();
  await tx.insertInto('timeline').values(rows.timeline).execute();
  await tx.insertInto('recordings').values(rows.recordings).execute();
  await tx.insertInto('transcriptions').values(rows.transcriptions).execute();
}
