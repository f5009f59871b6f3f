import { html } from 'hono/html';
import { CALL_STATUSES, type Call, isLive } from '../../calls/call.ts';
import { optionsOf } from '../../calls/call-options.ts';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { withoutPassword } from '../../kit/user-info.ts';
import { code, moment } from '../../pages/widgets.ts';
import type { Recording } from '../../recordings/recording.ts';
import type { Transcription } from '../../recordings/transcription.ts';
import { counted } from '../parts/console-views.ts';
import { nameOfDoer, type Whose } from '../parts/whose.ts';
import { callPath, callsPath, notedPath } from './call-paths.ts';
import {
  emptyLog,
  logBody,
  logEntry,
  makerFacts,
  priceLine,
  routeOf,
  stateTag,
} from './log-views.ts';
import type { Log } from './read-log.ts';
import type { readTimeline } from './read-timeline.ts';
import { recordingSection } from './recording-views.ts';
import { timelineSection } from './timeline-views.ts';

/** The views of calls. */

/** A call that has ended no longer tells which carrier took it. */
const PASSES_FASTER =
  'By the simulated carrier, speech, pauses and ringing count in full but pass faster, except in ' +
  'calls to numbers that end with 0006. By any other carrier, a call takes its real time.';

export const CALL_DIRECTIONS = {
  inbound: 'Incoming',
  'outbound-api': 'Outgoing',
  'outbound-dial': 'Dialed by another call',
} as const satisfies Record<Call['direction'], string>;

export function callsBody(call: AccountCall, log: Log<Call>): Html {
  return logBody(call, log, {
    own: callsPath(call.account.sid),
    label: 'Calls',
    directions: CALL_DIRECTIONS,
    statuses: CALL_STATUSES,
    entry: (one) => callEntry(call, log.whose, one),
    none: () => noCalls(call, log.own_number),
  });
}

function callEntry(request: AccountCall, whose: Whose, call: Call): Html {
  const { duration } = call;
  const facts = [
    CALL_DIRECTIONS[call.direction],
    duration === null || duration === 0 ? null : counted(duration, 'second'),
    priceOf(call),
  ];
  return logEntry(request, whose, call, {
    own: callsPath(request.account.sid),
    facts,
    below: otherApp(whose, call),
  });
}

/** The app that runs a call which another made. */
function otherApp(whose: Whose, { url_by_grant, created_by_grant }: Call): Html | null {
  if (url_by_grant === null || url_by_grant === created_by_grant) return null;
  return html`<p><small>Run by <bdi>${nameOfDoer(whose, url_by_grant)}</bdi></small></p>`;
}

function priceOf(call: Call): string | null {
  return isLive(call) ? null : priceLine(call.price_micro);
}

function noCalls(call: AccountCall, from: string | null): Html {
  return emptyLog(call, from, {
    title: 'No calls yet',
    advice:
      'Calls that your account and the apps in it make, and those that come to its numbers, are ' +
      'listed here with all that happened in them.',
    thing: 'call',
    make: { resource: 'Calls', more: { Twiml: '<Response><Say>Hello</Say></Response>' } },
    receive: {
      advice: 'In development this command calls your number from outside.',
      path: 'calls',
    },
  });
}

interface ShownCall {
  readonly call: Call;
  readonly legs: readonly Call[];
  readonly recordings: readonly Recording[];
  readonly transcriptions: readonly Transcription[];
  readonly timeline: Awaited<ReturnType<typeof readTimeline>>;
  readonly whose: Whose;
}

export function callBody(request: AccountCall, shown: ShownCall): Html {
  const { call, legs, recordings, transcriptions, timeline, whose } = shown;
  const { sid: main } = request.account;
  const own = `${callsPath(main)}/${call.sid}`;
  return html`<p><a href="${callsPath(main)}">All calls</a></p>
    <section class="panel">
      <h2>${routeOf(call)} ${stateTag(call.status)}</h2>
      ${factsOf(request, call, whose)}
    </section>
    ${recordingSection(own, recordings, transcriptions)} ${legSection(main, legs)}
    ${timelineSection({ ...timeline, note: PASSES_FASTER, pathOf: (sid) => notedPath(main, sid) })}`;
}

function legSection(account_sid: string, legs: readonly Call[]): Html | null {
  if (legs.length === 0) return null;
  return html`<section>
    <h2>Dialed calls</h2>
    <ul class="rows" aria-label="Dialed calls">
      ${legs.map(
        (leg) =>
          html`<li>
            <div class="about">
              <p class="name">
                <a href="${callsPath(account_sid)}/${leg.sid}">${routeOf(leg)}</a> ${stateTag(leg.status)}
              </p>
              ${leg.duration === null ? null : html`<p class="muted">${counted(leg.duration, 'second')}</p>`}
            </div>
          </li>`,
      )}
    </ul>
  </section>`;
}

function factsOf(request: AccountCall, call: Call, whose: Whose): Html {
  const { start_time, end_time, duration, parent_call_sid } = call;
  const { call_reason, byoc, sip_auth_username } = optionsOf(call);
  const price = priceOf(call);
  const fact = (label: string, value: Html | string | null) =>
    value === null
      ? null
      : html`<dt>${label}</dt>
          <dd>${value}</dd>`;
  const parent = parent_call_sid === null ? null : callPath(request.account.sid, parent_call_sid);
  return html`<dl class="facts">
    ${fact('Direction', CALL_DIRECTIONS[call.direction])}
    ${fact('Made', moment(call.date_created))}
    ${fact('Began to ring', start_time === null ? null : moment(start_time))}
    ${fact('Ended', end_time === null ? null : moment(end_time))}
    ${fact('Duration', duration === null ? null : counted(duration, 'second'))}
    ${fact('Price', price)} ${fact('Answered by', call.answered_by)}
    ${fact('Reason', call_reason && html`<bdi>${call_reason}</bdi>`)}
    ${fact('Trunk', byoc && code(byoc))} ${fact('SIP user', sip_auth_username && code(sip_auth_username))}
    ${fact('Caller’s name', call.caller_name)} ${fact('Forwarded from', call.forwarded_from)}
    ${fact('Dialed by', parent && html`<a href="${parent}">${code(parent_call_sid ?? '')}</a>`)}
    ${fact('Run by', runBy(call, whose))} ${makerFacts(request, whose, call, { is_from_outside: call.direction === 'inbound' })}
  </dl>`;
}

/** The app, or the account, whose application runs the call. */
function runBy(call: Call, whose: Whose): Html | null {
  const { url, twiml } = optionsOf(call);
  if (url === null && twiml === null) return null;
  const what = url === null ? 'TwiML that came with it' : code(withoutPassword(url));
  const { url_by_grant: grant } = call;
  return html`${what}${grant === null ? null : html`<br />given by <bdi>${nameOfDoer(whose, grant)}</bdi>`}`;
}
