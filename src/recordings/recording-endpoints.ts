import type { App } from '../app.ts';
import { deleteEndpoint, fetchEndpoint, listEndpoint } from '../http/endpoint.ts';
import { dateFilters, spanOf } from '../http/parameters/date-filters.ts';
import { boolean, clearableText, fields, sidReference } from '../http/parameters/fields.ts';
import { NotFound, orNotFound } from '../kit/api-error.ts';
import { deleteRecording } from './delete-recording.ts';
import { presentRecording, RECORDING, SOFT_DELETED_MS } from './recording.ts';
import { fetchRecording, listRecordings } from './recording-store.ts';
import { SOUND_SUFFIXES, soundOf } from './sound.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/Recordings' as const;
const INSTANCE = `${LIST}/:Sid` as const;
const SID_LENGTH = 34;

/** Recordings that were deleted after this time can still be seen. */
function deletedSince({ now }: Pick<App, 'now'>): number {
  return now() - SOFT_DELETED_MS;
}

export const recordingEndpoints = [
  listEndpoint({
    id: 'ListRecording',
    summary: 'The recordings of the account, newest first',
    path: LIST,
    operation: 'resource.read',
    input: fields({
      ...dateFilters('DateCreated'),
      CallSid: sidReference('CA').optional(),
      ConferenceSid: clearableText(SID_LENGTH).optional(),
      IncludeSoftDeleted: boolean.optional(),
    }),
    resource: RECORDING,
    async handle({ app, db, account_sid, input }, page) {
      // Tieline has no conferences, so no recording belongs to one.
      if (input.conference_sid) return { rows: [], has_next: false, has_previous: false };
      const filter = {
        call_sid: input.call_sid,
        created: spanOf(input, 'date_created'),
        deleted_since: input.include_soft_deleted ? deletedSince(app) : null,
      };
      return listRecordings(db, account_sid, filter, page);
    },
    present: (recording, { origin }) => presentRecording(recording, origin),
  }),

  fetchEndpoint({
    id: 'FetchRecording',
    summary: 'One recording, or its sound as .wav, as .mp3 or without a suffix',
    path: INSTANCE,
    operation: 'resource.read',
    input: fields({ IncludeSoftDeleted: boolean.optional() }),
    resource: RECORDING,
    find: ({ app, db, account_sid, path }) =>
      fetchRecording(db, account_sid, path.Sid, deletedSince(app)),
    present(recording, { input, origin }) {
      if (recording.date_deleted !== null && !input.include_soft_deleted) throw new NotFound();
      return presentRecording(recording, origin);
    },
    suffixes: ['', ...SOUND_SUFFIXES],
    bytes: async ({ db, account_sid, path }, suffix) =>
      soundOf(await fetchRecording(db, account_sid, path.Sid), suffix),
  }),

  deleteEndpoint({
    id: 'DeleteRecording',
    summary: 'Deletes a recording. For 40 days, IncludeSoftDeleted=true still shows its record',
    path: INSTANCE,
    operation: 'resource.write',
    resource: RECORDING,
    async handle(call) {
      const { tx, account_sid, path } = call;
      const recording = orNotFound(await fetchRecording(tx, account_sid, path.Sid));
      await deleteRecording(call, recording);
    },
  }),
];
