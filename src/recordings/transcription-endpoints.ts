import type { Db } from '../db/database.ts';
import { deleteEndpoint, fetchEndpoint, listEndpoint } from '../http/endpoint.ts';
import { orNotFound } from '../kit/api-error.ts';
import { fetchRecording } from './recording-store.ts';
import { deleteTranscription } from './transcribe.ts';
import { presentTranscription, TRANSCRIPTION, type Transcription } from './transcription.ts';
import { fetchTranscription, listTranscriptions } from './transcription-store.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/Transcriptions' as const;
const INSTANCE = `${LIST}/:Sid` as const;
const LIST_OF_RECORDING =
  '/2010-04-01/Accounts/:AccountSid/Recordings/:RecordingSid/Transcriptions' as const;
const INSTANCE_OF_RECORDING = `${LIST_OF_RECORDING}/:Sid` as const;

async function demandTranscription(
  db: Db,
  account_sid: string,
  sid: string,
  recording_sid: string | null = null,
): Promise<Transcription> {
  return orNotFound(await fetchTranscription(db, account_sid, sid, recording_sid));
}

function textOf({ transcription_text }: Transcription) {
  const body = Buffer.from(transcription_text ?? '');
  return { type: 'text/plain; charset=utf-8', body };
}

export const transcriptionEndpoints = [
  listEndpoint({
    id: 'ListTranscription',
    summary: 'The transcriptions of the account, newest first',
    path: LIST,
    operation: 'resource.read',
    resource: TRANSCRIPTION,
    handle: ({ db, account_sid }, page) => listTranscriptions(db, account_sid, null, page),
    present: presentTranscription,
  }),

  fetchEndpoint({
    id: 'FetchTranscription',
    summary: 'One transcription, or its text as .txt',
    path: INSTANCE,
    operation: 'resource.read',
    resource: TRANSCRIPTION,
    find: ({ db, account_sid, path }) => fetchTranscription(db, account_sid, path.Sid),
    present: presentTranscription,
    suffixes: ['.txt'],
    bytes: async ({ db, account_sid, path }) =>
      textOf(await demandTranscription(db, account_sid, path.Sid)),
  }),

  deleteEndpoint({
    id: 'DeleteTranscription',
    summary: 'Deletes a transcription',
    path: INSTANCE,
    operation: 'resource.write',
    resource: TRANSCRIPTION,
    async handle(call) {
      const { tx, account_sid, path } = call;
      await deleteTranscription(call, await demandTranscription(tx, account_sid, path.Sid));
    },
  }),

  listEndpoint({
    id: 'ListRecordingTranscription',
    summary: 'The transcriptions of a recording',
    path: LIST_OF_RECORDING,
    operation: 'resource.read',
    resource: TRANSCRIPTION,
    async handle({ db, account_sid, path }, page) {
      const recording = orNotFound(await fetchRecording(db, account_sid, path.RecordingSid));
      return listTranscriptions(db, account_sid, recording.sid, page);
    },
    present: presentTranscription,
  }),

  fetchEndpoint({
    id: 'FetchRecordingTranscription',
    summary: 'One transcription of a recording, or its text as .txt',
    path: INSTANCE_OF_RECORDING,
    operation: 'resource.read',
    resource: TRANSCRIPTION,
    find: ({ db, account_sid, path }) =>
      fetchTranscription(db, account_sid, path.Sid, path.RecordingSid),
    present: presentTranscription,
    suffixes: ['.txt'],
    bytes: async ({ db, account_sid, path }) =>
      textOf(await demandTranscription(db, account_sid, path.Sid, path.RecordingSid)),
  }),

  deleteEndpoint({
    id: 'DeleteRecordingTranscription',
    summary: 'Deletes a transcription of a recording',
    path: INSTANCE_OF_RECORDING,
    operation: 'resource.write',
    resource: TRANSCRIPTION,
    async handle(call) {
      const { tx, account_sid, path } = call;
      const found = await demandTranscription(tx, account_sid, path.Sid, path.RecordingSid);
      await deleteTranscription(call, found);
    },
  }),
];
