import { CALL_STATUSES, type Call } from '../../calls/call.ts';
import { type AccountCall, accountPage, type Page, view } from '../../http/pages/page.ts';
import { NotFound, orNotFound } from '../../kit/api-error.ts';
import { hasAudio } from '../../recordings/recording.ts';
import { fetchRecording } from '../../recordings/recording-store.ts';
import { wavBytes, wavOf } from '../../recordings/wav.ts';
import { fileAnswer } from '../parts/file-answer.ts';
import { readWhose } from '../parts/whose.ts';
import { listLegs, listRecordingsOf, listTranscriptionsOf } from './call-page-store.ts';
import { CALL_DIRECTIONS, callBody, callsBody } from './call-views.ts';
import { fetchLoggedOfTree } from './log-page-store.ts';
import { readLog } from './read-log.ts';
import { readTimeline } from './read-timeline.ts';

/** The pages of a customer's calls, with their timelines and recordings. */

const CALLS = '/console/:AccountSid/calls';
const section = 'calls';
/** The most legs, and the most recordings, on the page of a call. */
const MAX_SHOWN = 100;

const callsPage = accountPage({
  id: 'Calls',
  path: CALLS,
  async show(call) {
    const log = await readLog(call, {
      table: 'calls',
      directions: CALL_DIRECTIONS,
      statuses: CALL_STATUSES,
      grantsOf: ({ url_by_grant }) => [url_by_grant],
    });
    const { problem } = log;
    const filled = { ...call, form: call.query, problem };
    const status = problem ? { status: 400 } : {};
    return view({ title: 'Calls', section, ...status, body: callsBody(filled, log) });
  },
});

const callPage = accountPage({
  id: 'Call',
  path: `${CALLS}/:CallSid`,
  async show(request) {
    const { db } = request;
    const call = await demandCall(request);
    const [legs, recordings, timeline, whose] = await Promise.all([
      listLegs(db, call, MAX_SHOWN),
      listRecordingsOf(db, call, MAX_SHOWN),
      readTimeline(db, call),
      readWhose(db, [call], [call.url_by_grant]),
    ]);
    const sids = recordings.map(({ sid }) => sid);
    const transcriptions = await listTranscriptionsOf(db, call.account_sid, sids, MAX_SHOWN);
    const shown = { call, legs, recordings, transcriptions, timeline, whose };
    return view({ title: 'Call', section, body: callBody(request, shown) });
  },
});

const audioPage = accountPage({
  id: 'CallRecording',
  path: `${CALLS}/:CallSid/recordings/:RecordingSid`,
  async show(request) {
    const call = await demandCall(request);
    const sid = request.path.RecordingSid;
    const recording = await fetchRecording(request.db, call.account_sid, sid);
    if (recording?.call_sid !== call.sid || !hasAudio(recording)) throw new NotFound();
    const { channels, duration } = recording;
    const recorded = { sid, channels, seconds: duration ?? 0 };
    return fileAnswer(`${sid}.wav`, 'audio/x-wav', wavOf(recorded), wavBytes(recorded));
  },
});

/** @throws ApiError 404 */
async function demandCall({ db, account, path }: AccountCall<'CallSid'>): Promise<Call> {
  return orNotFound(await fetchLoggedOfTree(db, 'calls', account.sid, path.CallSid));
}

export const callPages: readonly Page[] = [callsPage, callPage, audioPage];
