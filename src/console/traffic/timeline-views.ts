import { html } from 'hono/html';
import type { TimelineEntry } from '../../carrier/timeline.ts';
import type { Html } from '../../http/pages/page.ts';
import { type EpochMs, iso8601 } from '../../kit/utc.ts';
import { code, moment } from '../../pages/widgets.ts';
import { counted, detailList } from '../parts/console-views.ts';
import { stateTag, statusWords } from './log-views.ts';
import type { CallbackState } from './timeline-page-store.ts';

/** The views of the events of a message or a call, in their order. */

/** The most entries of one page. */
export const MAX_ENTRIES = 500;

interface Timeline {
  /** At most `MAX_ENTRIES` + 1 entries. The one more shows that the timeline goes on. */
  readonly entries: readonly TimelineEntry[];
  readonly callbacks: ReadonlyMap<string, CallbackState>;
  /** The path of the page of a SID, or null when it has none. */
  readonly pathOf: (sid: string) => string | null;
  /** How to read the times. */
  readonly note?: string;
}

export function timelineSection(timeline: Timeline): Html {
  const { entries } = timeline;
  const shown = entries.slice(0, MAX_ENTRIES);
  const [first] = shown;
  if (!first) {
    return html`<section>
      <h2>Timeline</h2>
      <p class="muted">Nothing yet.</p>
    </section>`;
  }
  return html`<section>
    <h2>Timeline</h2>
    <p class="muted">Begun ${moment(first.date_created)}. ${timeline.note}</p>
    <ol class="log timeline" aria-label="Timeline">
      ${shown.map((entry) => timelineEntry(timeline, entry, first.date_created))}
    </ol>
    ${
      entries.length > MAX_ENTRIES
        ? html`<p class="muted">Only the first ${MAX_ENTRIES} entries are shown.</p>`
        : null
    }
  </section>`;
}

type Detail = Readonly<Record<string, unknown>>;

function timelineEntry(timeline: Timeline, entry: TimelineEntry, begun: EpochMs): Html {
  const detail = JSON.parse(entry.detail) as Detail;
  const iso = iso8601(entry.date_created);
  const since = ((entry.date_created - begun) / 1_000).toFixed(1);
  return html`<li>
    <p class="when"><time datetime="${iso}">+${since} s</time></p>
    <div>${shownEntry(timeline, entry, detail)}</div>
  </li>`;
}

function shownEntry(timeline: Timeline, entry: TimelineEntry, detail: Detail): Html {
  switch (entry.kind) {
    case 'status':
      return html`<p>${stateTag(textOf(detail['status']))}</p>
        ${restOf(detail, ['status'])}`;
    case 'request':
      return requestEntry(detail);
    case 'twiml':
      return twimlEntry(detail);
    case 'verb':
      return verbEntry(detail);
    case 'callback':
      return callbackEntry(timeline, entry, detail);
    default:
      return noteEntry(timeline, detail);
  }
}

function requestEntry(detail: Detail): Html {
  const { status, error, ms } = detail;
  const isGood = typeof status === 'number' && status < 300;
  const answer = typeof status === 'number' ? `answered ${status}` : 'no answer';
  return html`<p>
      <strong>Request</strong> <span class="tag ${isGood ? 'good' : 'bad'}">${answer}</span>
      ${typeof ms === 'number' ? html`<small>within ${ms} ms</small>` : null}
    </p>
    <p>${textOf(detail['method'])} ${code(textOf(detail['url']))}</p>
    ${error === undefined ? null : html`<p class="wrong">${textOf(error)}</p>`}`;
}

function twimlEntry(detail: Detail): Html {
  const text = textOf(detail['text']);
  const type = detail['content_type'];
  return html`<p>
      <strong>TwiML received</strong>
      ${typeof type === 'string' ? html`<small>as <bdi>${type}</bdi></small>` : null}
    </p>
    ${
      text === ''
        ? html`<p class="muted">The answer was empty.</p>`
        : html`<pre tabindex="0" role="region" aria-label="TwiML"><code dir="ltr">${text}</code></pre>`
    }
    ${detail['is_cut'] === true ? html`<p class="muted">It was longer; this is its beginning.</p>` : null}`;
}

function verbEntry(detail: Detail): Html {
  const attributes = Object.entries((detail['attributes'] ?? {}) as Detail);
  const text = textOf(detail['text']);
  return html`<p>
      <strong><bdi>${textOf(detail['name'])}</bdi></strong>
      <small>line ${textOf(detail['line'])}</small>
    </p>
    ${text === '' ? null : html`<p class="text" dir="auto">${text}</p>`}
    ${restOf(Object.fromEntries(attributes), [])}
    ${restOf(detail, ['name', 'line', 'attributes', 'text'])}`;
}

function callbackEntry(
  { callbacks }: Timeline,
  { delivery_sid }: TimelineEntry,
  detail: Detail,
): Html {
  const state = callbacks.get(delivery_sid ?? '');
  return html`<p>
      <strong>Callback</strong> of “${textOf(detail['status'])}” ${state ? callbackTag(state) : null}
    </p>
    <p>${textOf(detail['method'])} ${code(textOf(detail['url']))}</p>
    ${state ? callbackOutcome(state) : html`<p class="muted">Its outcome is no longer kept.</p>`}`;
}

const DELIVERY_STATES = {
  pending: ['', 'to be sent'],
  leased: ['', 'being sent'],
  dead: ['bad', 'given up'],
  cancelled: ['quiet', 'cancelled'],
  delivered: ['good', 'delivered'],
} as const;

function callbackTag({ state, attempts }: CallbackState): Html {
  const isAgain = state === 'pending' && attempts > 0;
  const [tone, words] = isAgain
    ? (['bad', 'will be tried again'] as const)
    : DELIVERY_STATES[state];
  return html`<span class="tag ${tone}">${words}</span>`;
}

function callbackOutcome({ last, attempts, reason }: CallbackState): Html | null {
  const answer =
    last && (last.status === null ? (last.error ?? 'no answer') : `answered ${last.status}`);
  const tried = attempts === 0 ? null : counted(attempts, 'attempt');
  const parts = [tried, answer].filter((part) => part !== null && part !== undefined);
  if (parts.length === 0 && reason === null) return null;
  return html`<p class="muted">${parts.join(', ')}${reason === null ? null : html` ${reason}`}</p>`;
}

/** A note in words, with its other details below. */
function noteEntry({ pathOf }: Timeline, detail: Detail): Html {
  const { message, recording_status, sid } = detail;
  const words =
    recording_status === undefined
      ? textOf(message)
      : `Recording ${statusWords(textOf(recording_status))}`;
  const path = typeof sid === 'string' ? pathOf(sid) : null;
  return html`<p>${words}</p>
    ${path === null ? null : html`<p><a href="${path}">${code(textOf(sid))}</a></p>`}
    ${restOf(detail, ['message', 'recording_status', ...(path === null ? [] : ['sid'])])}`;
}

/** The details that the words did not mention, a line for each. */
function restOf(detail: Detail, said: readonly string[]): Html | null {
  const parts = Object.entries(detail).filter(
    ([name, value]) => !said.includes(name) && value !== null && value !== undefined,
  );
  if (parts.length === 0) return null;
  return detailList(parts);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
