import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { MessageMediaTable } from '../db/tables/acting-tables.ts';
import { dates2010, resource, rfc2822Date, sid } from '../http/answers/resource.ts';

/** A file of an incoming or outgoing message. Its content exists once it was fetched. */
export type Media = Selectable<MessageMediaTable>;
/** The fields of a file without its content, which is large. */
export type MediaEntry = Omit<Media, 'root_sid' | 'content' | 'source_url'>;

/** The size limit of all files of one message together. */
export const MEDIA_MAX_BYTES = 5 * 1024 * 1024;

/** `Media`: docs/contract/messages.md, "Media". */
export const MEDIA = resource('Media', 'media_list', {
  account_sid: sid('AC'),
  content_type: z.string(),
  date_created: rfc2822Date,
  date_updated: rfc2822Date,
  parent_sid: z.string().regex(/^(?:SM|MM)[0-9a-fA-F]{32}$/),
  sid: sid('ME'),
  uri: z.string(),
});

export function presentMedia(media: MediaEntry) {
  const { account_sid, message_sid, sid: media_sid } = media;
  return {
    account_sid,
    content_type: media.content_type,
    ...dates2010(media),
    parent_sid: message_sid,
    sid: media_sid,
    uri: mediaUri(media),
  };
}

/** The path of a file's description; without its suffix, that of its content. */
export function mediaUri({
  account_sid,
  message_sid,
  sid: media_sid,
}: Pick<Media, 'account_sid' | 'message_sid' | 'sid'>): string {
  return accountUri(account_sid, `/Messages/${message_sid}/Media/${media_sid}`);
}

/**
 * The types of files that messages may have: images, audio, video, calendar and contact files, PDF.
 */
const CARRIED =
  /^(?:image\/[\w.+-]+|audio\/[\w.+-]+|video\/[\w.+-]+|text\/(?:plain|csv|rtf|richtext|calendar|directory|vcard|x-vcard)|application\/(?:pdf|vcard|vnd\.apple\.pkpass))$/;

/**
 * The type of a file by its `Content-Type`, without parameters.
 * @returns null when messages may not have such a file, or the header is missing.
 */
export function carriedType(header: string | undefined): string | null {
  const type = (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return type.length <= 100 && CARRIED.test(type) ? type : null;
}
