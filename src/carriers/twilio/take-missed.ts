import type { EpochMs } from '../../kit/utc.ts';
import { fieldsOf } from '../call-out.ts';
import type { CarrierOutside } from '../carrier-kind.ts';
import { type FileThere, fetchFiles, MAX_MEDIA } from './fetch-files.ts';
import { callUpstream, type TwilioSettings } from './upstream.ts';

type Outside = CarrierOutside & { readonly name: string };
type Fields = Readonly<Record<string, unknown>>;

/** How far a first look goes back. The next looks begin a little before the last one. */
const WINDOW_MS = 24 * 60 * 60_000;
const OVERLAP_MS = 10 * 60_000;
/** An upstream brings a message by itself for this long, and then no more. */
const YOUNG_MS = 60_000;
/** A message whose files cannot be fetched is taken without them after this time. */
const FILES_WAIT_MS = 60 * 60_000;
const PAGE_SIZE = 200;
const MAX_PAGES = 10;
const PAGE_BYTES = 2 * 1024 * 1024;

/**
 * Takes the messages that came to the upstream and are not here, at most those of the newest pages.
 * @param caughtUp the time up to which all of them are here; null: not known
 * @returns false when some could not be taken, so that the next look begins where this one did
 */
export async function takeMissed(
  outside: Outside,
  settings: TwilioSettings,
  caughtUp: EpochMs | null,
): Promise<boolean> {
  const now = outside.realNow();
  const since = Math.max(now - WINDOW_MS, (caughtUp ?? 0) - OVERLAP_MS);
  const day = new Date(since).toISOString().slice(0, 10);
  const query = new URLSearchParams({ 'DateSent>': day, PageSize: String(PAGE_SIZE) });
  let path: string | null = `/Messages.json?${query.toString()}`;
  let isAll = true;
  for (let page = 0; page < MAX_PAGES && path !== null; page += 1) {
    const reply = await callUpstream(settings, path, { max_bytes: PAGE_BYTES });
    if (reply.status !== 200) return false;
    const { messages, next_page_uri } = fieldsOf(reply.body);
    if (!Array.isArray(messages)) return false;
    const listed = (messages as Fields[]).map((one) => ({
      one,
      came_at: Date.parse(String(one['date_created'])),
    }));
    for (const { one, came_at } of listed) {
      if (one['direction'] !== 'inbound' || !(came_at >= since)) continue;
      // The next look overlaps with this one.
      if (came_at > now - YOUNG_MS) continue;
      if (!(await take(outside, settings, one, came_at))) isAll = false;
    }
    const isPast = listed.some(({ came_at }) => came_at < since);
    path = isPast ? null : pathOf(settings, next_page_uri);
  }
  if (path !== null) {
    const looked_at = MAX_PAGES * PAGE_SIZE;
    outside.log.warn({ carrier: outside.name, looked_at }, 'older messages were not looked at');
  }
  return isAll;
}

/** The path of the next page below the account; null: there is none. */
function pathOf({ account_sid }: TwilioSettings, uri: unknown): string | null {
  const root = `/2010-04-01/Accounts/${account_sid}`;
  return typeof uri === 'string' && uri.startsWith(`${root}/`) ? uri.slice(root.length) : null;
}

async function take(
  outside: Outside,
  settings: TwilioSettings,
  one: Fields,
  came_at: EpochMs,
): Promise<boolean> {
  const text = (name: string) => (typeof one[name] === 'string' ? one[name] : '');
  const id = text('sid');
  if (!/^(?:SM|MM)[0-9a-f]{32}$/.test(id)) return true;
  const there = Number(one['num_media']) > 0 ? await listFiles(settings, id) : [];
  const media = there && (await fetchFiles(outside, settings, there));
  if (media === null && outside.realNow() - came_at < FILES_WAIT_MS) return false;
  await outside.inbound.message(outside.name, {
    id,
    from: text('from'),
    to: text('to'),
    body: text('body'),
    media: media ?? [],
    came_at,
  });
  return true;
}

/** The files of a message at the upstream; null: it does not show them now. */
async function listFiles(settings: TwilioSettings, sid: string): Promise<FileThere[] | null> {
  const path = `/Messages/${sid}/Media.json?PageSize=${MAX_MEDIA}`;
  const reply = await callUpstream(settings, path);
  const { media_list } = reply.status === 200 ? fieldsOf(reply.body) : {};
  if (!Array.isArray(media_list)) return null;
  return (media_list as Fields[]).map(({ uri, content_type }) => ({
    url: `${settings.base}${String(uri).replace(/\.json$/, '')}`,
    content_type: String(content_type),
  }));
}
