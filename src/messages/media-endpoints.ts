import { deleteEndpoint, fetchEndpoint, listEndpoint } from '../http/endpoint.ts';
import { dateFilters, spanOf } from '../http/parameters/date-filters.ts';
import { fields } from '../http/parameters/fields.ts';
import { orNotFound } from '../kit/api-error.ts';
import { deleteMessageMedia } from './change-message.ts';
import { MEDIA, presentMedia } from './media.ts';
import { fetchMedia, fetchMediaEntry, listMedia } from './media-store.ts';
import { fetchMessage } from './message-store.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/Messages/:MessageSid/Media' as const;
const INSTANCE = `${LIST}/:Sid` as const;

const placeOf = (account_sid: string, path: { readonly MessageSid: string }) => ({
  account_sid,
  message_sid: path.MessageSid,
});

export const mediaEndpoints = [
  listEndpoint({
    id: 'ListMedia',
    summary: 'The files of a message',
    path: LIST,
    operation: 'resource.read',
    input: fields(dateFilters('DateCreated')),
    resource: MEDIA,
    async handle({ db, account_sid, path, input }, page) {
      orNotFound(await fetchMessage(db, account_sid, path.MessageSid));
      const made = spanOf(input, 'date_created');
      return listMedia(db, placeOf(account_sid, path), made, page);
    },
    present: presentMedia,
  }),

  fetchEndpoint({
    id: 'FetchMedia',
    summary: 'One file of a message: its description with a suffix, its content without one',
    path: INSTANCE,
    operation: 'resource.read',
    resource: MEDIA,
    find: ({ db, account_sid, path }) => fetchMediaEntry(db, placeOf(account_sid, path), path.Sid),
    present: presentMedia,
    async bytes({ db, account_sid, path }) {
      const media = orNotFound(await fetchMedia(db, placeOf(account_sid, path), path.Sid));
      return { type: media.content_type, body: Buffer.from(media.content ?? '', 'base64') };
    },
  }),

  deleteEndpoint({
    id: 'DeleteMedia',
    summary: 'Deletes a file of a message',
    path: INSTANCE,
    operation: 'resource.write',
    resource: MEDIA,
    async handle(call) {
      await deleteMessageMedia(call, placeOf(call.account_sid, call.path), call.path.Sid);
    },
  }),
];
