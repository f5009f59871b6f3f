import type { Call } from '../calls/call.ts';
import type { TimelineEntry } from '../carrier/timeline.ts';
import type { Tx } from '../db/open-database.ts';
import { preparedRows } from '../db/prepared-rows.ts';
import type { Message } from '../messages/message.ts';
import type { Recording } from '../recordings/recording.ts';
import type { Transcription } from '../recordings/transcription.ts';

/** Writes the log of a first start, many rows with each statement. */

const insertMessages = preparedRows((db, rows: Message[]) =>
  db.insertInto('messages').values(rows),
);
const insertCalls = preparedRows((db, rows: Call[]) => db.insertInto('calls').values(rows));
const insertTimeline = preparedRows((db, rows: TimelineEntry[]) =>
  db.insertInto('timeline').values(rows),
);
const insertRecordings = preparedRows((db, rows: Recording[]) =>
  db.insertInto('recordings').values(rows),
);
const insertTranscriptions = preparedRows((db, rows: Transcription[]) =>
  db.insertInto('transcriptions').values(rows),
);

export interface FirstLogRows {
  readonly messages: readonly Message[];
  readonly calls: readonly Call[];
  readonly timeline: readonly TimelineEntry[];
  readonly recordings: readonly Recording[];
  readonly transcriptions: readonly Transcription[];
}

export async function insertFirstLog(tx: Tx, rows: FirstLogRows): Promise<void> {
  await insertMessages(tx, rows.messages);
  await insertCalls(tx, rows.calls);
  await insertTimeline(tx, rows.timeline);
  await insertRecordings(tx, rows.recordings);
  await insertTranscriptions(tx, rows.transcriptions);
}
