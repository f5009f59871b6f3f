import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { App } from '../app.ts';
import type { RecordingsTable } from '../db/tables/acting-tables.ts';
import { dates2010, resource, rfc2822Date, sid, uriMap, url } from '../http/answers/resource.ts';
import { DAY_MS } from '../kit/day.ts';
import { decimalOf, type Micro } from '../kit/money.ts';
import { rfc2822 } from '../kit/utc.ts';

export type Recording = Selectable<RecordingsTable>;
export type RecordingStatus = Recording['status'];

export const RECORDING_STATUSES = [
  'in-progress',
  'paused',
  'stopped',
  'processing',
  'completed',
  'absent',
] as const satisfies readonly RecordingStatus[];
const RECORDING_SOURCES = [
  'DialVerb',
  'Conference',
  'OutboundAPI',
  'Trunking',
  'RecordVerb',
  'StartCallRecordingAPI',
  'StartConferenceRecordingAPI',
] as const;
export const RECORDING_TRACKS = ['inbound', 'outbound', 'both'] as const;

/** The time for which a deleted recording can be read, as documented. */
export const SOFT_DELETED_MS = 40 * DAY_MS;

const API_VERSION = '2010-04-01';

const COMMON = {
  account_sid: sid('AC'),
  api_version: z.string(),
  call_sid: sid('CA'),
  channels: z.int(),
  conference_sid: sid('CF').nullable(),
  date_created: rfc2822Date,
  date_updated: rfc2822Date,
  duration: z.string().nullable(),
  encryption_details: z.null(),
  error_code: z.int().nullable(),
  price_unit: z.string(),
  sid: sid('RE'),
  source: z.enum(RECORDING_SOURCES),
  start_time: rfc2822Date,
  uri: z.string(),
};

/** `Recording`: docs/contract/recordings.md, "Recording fields". */
export const RECORDING = resource('Recording', 'recordings', {
  ...COMMON,
  media_url: url.nullable(),
  price: z.string().nullable(),
  status: z.enum([...RECORDING_STATUSES, 'deleted']),
  subresource_uris: uriMap,
});

/** The same recording below its call, where it has some other fields. */
export const CALL_RECORDING = resource('Recording', 'recordings', {
  ...COMMON,
  price: z.string().nullable(),
  status: z.enum(RECORDING_STATUSES),
  track: z.enum(RECORDING_TRACKS),
});

/** Whether it has ended, in any way. */
export function isFinished({ status }: Pick<Recording, 'status'>): boolean {
  return status === 'completed' || status === 'absent';
}

/** Whether it has sound. */
export function hasAudio({ status, date_deleted }: Recording): boolean {
  return status === 'completed' && date_deleted === null;
}

function pathOf({ sid: recording_sid }: Pick<Recording, 'sid'>): string {
  return `/Recordings/${recording_sid}`;
}

/** The path of a recording's sound. */
function mediaPath(recording: Pick<Recording, 'account_sid' | 'sid'>): string {
  return accountUri(recording.account_sid, pathOf(recording)).replace(/\.json$/, '');
}

/** The URL of the sound, for callbacks and applications. */
export function recordingUrl(
  { home }: Pick<App, 'home'>,
  recording: Pick<Recording, 'account_sid' | 'sid'>,
): string {
  return home.origin + mediaPath(recording);
}

function presentCommon(recording: Recording) {
  const { account_sid, duration } = recording;
  return {
    account_sid,
    api_version: API_VERSION,
    call_sid: recording.call_sid,
    channels: recording.channels,
    conference_sid: null,
    ...dates2010(recording),
    duration: duration === null ? null : String(duration),
    encryption_details: null,
    error_code: null,
    price_unit: 'USD',
    sid: recording.sid,
    source: recording.source,
    start_time: rfc2822(recording.start_time),
  };
}

/** @param origin `https://host`, the beginning of the sound's URL */
export function presentRecording(recording: Recording, origin: string) {
  const { account_sid, date_deleted, price_micro } = recording;
  return {
    ...presentCommon(recording),
    media_url: hasAudio(recording) ? origin + mediaPath(recording) : null,
    price: priceText(price_micro),
    status: date_deleted === null ? recording.status : ('deleted' as const),
    subresource_uris: {
      add_on_results: accountUri(account_sid, `${pathOf(recording)}/AddOnResults`),
      transcriptions: accountUri(account_sid, `${pathOf(recording)}/Transcriptions`),
    },
    uri: accountUri(account_sid, pathOf(recording)),
  };
}

/** The representation of a recording below its call. */
export function presentCallRecording(recording: Recording) {
  const { account_sid, call_sid, status, track } = recording;
  return {
    ...presentCommon(recording),
    price: priceText(recording.price_micro),
    status,
    track,
    uri: accountUri(account_sid, `/Calls/${call_sid}${pathOf(recording)}`),
  };
}

/** The price as a negative decimal; null when nothing has been charged yet. */
export function priceText(price_micro: Micro | null): string | null {
  return price_micro === null ? null : decimalOf(0 - price_micro);
}

/** docs/contract/recordings.md, "Status callback of a recording". */
export function recordingParameters(app: App, recording: Recording): Record<string, string> {
  return {
    AccountSid: recording.account_sid,
    CallSid: recording.call_sid,
    RecordingSid: recording.sid,
    RecordingUrl: recordingUrl(app, recording),
    RecordingStatus: recording.status,
    RecordingDuration: String(recording.duration ?? -1),
    RecordingChannels: String(recording.channels),
    RecordingStartTime: rfc2822(recording.start_time),
    RecordingSource: recording.source,
    RecordingTrack: recording.track,
    ErrorCode: '0',
  };
}
