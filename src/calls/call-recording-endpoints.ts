import type { Db } from '../db/database.ts';
import {
  createEndpoint,
  deleteEndpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import { dateFilters, spanOf } from '../http/parameters/date-filters.ts';
import { fields, oneOf } from '../http/parameters/fields.ts';
import { orNotFound } from '../kit/api-error.ts';
import { deleteRecording } from '../recordings/delete-recording.ts';
import {
  CALL_RECORDING,
  presentCallRecording,
  RECORDING_STATUSES,
} from '../recordings/recording.ts';
import { listRecordings } from '../recordings/recording-store.ts';
import { SOUND_SUFFIXES, soundOf } from '../recordings/sound.ts';
import { RECORDING_FIELDS, recordingOf } from './call-fields.ts';
import { fetchCall } from './call-store.ts';
import { changeRecording, findRecordingOf, recordCall } from './record-call.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/Calls/:CallSid/Recordings' as const;
const INSTANCE = `${LIST}/:Sid` as const;

async function demandCall(db: Db, account_sid: string, call_sid: string): Promise<void> {
  orNotFound(await fetchCall(db, account_sid, call_sid));
}

export const callRecordingEndpoints = [
  listEndpoint({
    id: 'ListCallRecording',
    summary: 'The recordings of a call, the newest first',
    path: LIST,
    operation: 'resource.read',
    input: fields({ ...dateFilters('DateCreated') }),
    resource: CALL_RECORDING,
    async handle({ db, account_sid, path, input }, page) {
      await demandCall(db, account_sid, path.CallSid);
      const created = spanOf(input, 'date_created');
      const filter = { call_sid: path.CallSid, created, deleted_since: null };
      return listRecordings(db, account_sid, filter, page);
    },
    present: presentCallRecording,
  }),

  createEndpoint({
    id: 'CreateCallRecording',
    summary: 'Starts a recording of a call in progress',
    path: LIST,
    operation: 'resource.write',
    input: fields(RECORDING_FIELDS),
    resource: CALL_RECORDING,
    async handle(call) {
      const { account_sid, path, input } = call;
      const place = { account_sid, call_sid: path.CallSid };
      return presentCallRecording(await recordCall(call, place, recordingOf(input)));
    },
  }),

  fetchEndpoint({
    id: 'FetchCallRecording',
    summary: 'One recording of a call; as .wav or .mp3, its sound',
    path: INSTANCE,
    operation: 'resource.read',
    resource: CALL_RECORDING,
    find: ({ db, account_sid, path }) =>
      findRecordingOf(db, { account_sid, call_sid: path.CallSid }, path.Sid),
    present: presentCallRecording,
    suffixes: SOUND_SUFFIXES,
    async bytes({ db, account_sid, path }, suffix) {
      const place = { account_sid, call_sid: path.CallSid };
      return soundOf(await findRecordingOf(db, place, path.Sid), suffix);
    },
  }),

  updateEndpoint({
    id: 'UpdateCallRecording',
    summary: 'Pauses, resumes or stops a recording; Twilio.CURRENT names the running one',
    path: INSTANCE,
    operation: 'resource.write',
    input: fields({
      Status: oneOf(RECORDING_STATUSES),
      PauseBehavior: oneOf(['skip', 'silence']).optional(),
    }),
    resource: CALL_RECORDING,
    async handle(call) {
      const { account_sid, path, input } = call;
      const place = { account_sid, call_sid: path.CallSid };
      return presentCallRecording(await changeRecording(call, place, path.Sid, input));
    },
  }),

  deleteEndpoint({
    id: 'DeleteCallRecording',
    summary: 'Deletes a recording of a call',
    path: INSTANCE,
    operation: 'resource.write',
    resource: CALL_RECORDING,
    async handle(call) {
      const { tx, account_sid, path } = call;
      const place = { account_sid, call_sid: path.CallSid };
      await deleteRecording(call, await findRecordingOf(tx, place, path.Sid));
    },
  }),
];
