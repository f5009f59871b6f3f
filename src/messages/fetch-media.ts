import type { App } from '../app.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { withoutUserInfo } from '../kit/user-info.ts';
import { guardedFetch, type Outcome } from '../webhooks/guarded-fetch.ts';
import { REDIRECT_STATUSES } from '../webhooks/webhook.ts';
import { readWebhookUrl } from '../webhooks/webhook-url.ts';
import { carriedType, MEDIA_MAX_BYTES, type Media } from './media.ts';

/** The content of a file. */
interface FetchedFile {
  readonly sid: string;
  readonly content_type: string;
  /** The content in base64. */
  readonly content: string;
}

export interface FetchedMedia {
  /** The files that arrived; all of them unless one failed. */
  readonly files: readonly FetchedFile[];
  /** The code of the first failure, from `message-error.ts`. */
  readonly error_code: 12300 | 30019 | 63019 | null;
  /** One timeline event for every request. */
  readonly entries: readonly NewEntry[];
}

/** The real time for all files of a message together. It is shorter than the lease of a task. */
const TOTAL_MS = 40_000;
const MAX_REDIRECTS = 3;
const USER_AGENT = 'TwilioProxy/1.1 (Tieline)';

type Got =
  | { readonly type: string; readonly bytes: Buffer }
  | { readonly code: 12300 | 30019 | 63019 };

/**
 * Fetches the files of a message one after the other, at most 5 MB together and within 40 seconds.
 * The first failure ends it. It waits for the network and never throws.
 */
export async function fetchMediaFiles(
  app: App,
  wanted: readonly Pick<Media, 'sid' | 'source_url'>[],
): Promise<FetchedMedia> {
  const started = performance.now();
  const files: FetchedFile[] = [];
  const entries: NewEntry[] = [];
  let left = MEDIA_MAX_BYTES;
  for (const { sid, source_url } of wanted) {
    if (source_url === null) continue;
    const timeLeft = Math.floor(TOTAL_MS - (performance.now() - started));
    const got = await fetchFile(app, source_url, { bytes: left, ms: timeLeft, entries });
    if ('code' in got) return { files, error_code: got.code, entries };
    left -= got.bytes.length;
    files.push({ sid, content_type: got.type, content: got.bytes.toString('base64') });
  }
  return { files, error_code: null, entries };
}

interface Limits {
  readonly bytes: number;
  readonly ms: number;
  readonly entries: NewEntry[];
}

async function fetchFile(
  app: App,
  source_url: string,
  { bytes, ms, entries }: Limits,
): Promise<Got> {
  let address = source_url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    if (ms <= 0) break;
    const { url, credentials, overrides } = readWebhookUrl(address);
    const outcome = await guardedFetch(app, {
      url,
      method: 'GET',
      headers: { 'User-Agent': USER_AGENT, Accept: '*/*' },
      credentials,
      connect_ms: Math.min(overrides.connect_ms, ms),
      read_ms: Math.min(overrides.read_ms, ms),
      total_ms: Math.min(overrides.total_ms, Math.ceil(ms / (MAX_REDIRECTS + 1))),
      body_max_bytes: bytes,
    });
    entries.push({ kind: 'request', detail: detailOf(address, outcome) });
    const next = redirectOf(address, outcome);
    if (next === null) return readFile(outcome, bytes);
    address = next;
  }
  return { code: 63019 };
}

function detailOf(address: string, outcome: Outcome): Record<string, unknown> {
  const request = { method: 'GET', url: withoutUserInfo(address) };
  return outcome.kind === 'failure'
    ? { ...request, error: outcome.error }
    : { ...request, status: outcome.status };
}

/** The target of a redirect. `guarded-fetch.ts` checks each target as it does the first. */
function redirectOf(address: string, outcome: Outcome): string | null {
  if (outcome.kind === 'failure' || !REDIRECT_STATUSES.has(outcome.status)) return null;
  const { location } = outcome.headers;
  const target = location === undefined ? null : URL.parse(location, address);
  return target && /^https?:$/.test(target.protocol) ? target.href : null;
}

function readFile(outcome: Outcome, max: number): Got {
  if (outcome.kind === 'failure' || outcome.status !== 200) return { code: 63019 };
  const { bytes, is_whole } = outcome;
  if (!is_whole) return { code: bytes.length >= max ? 30019 : 63019 };
  const type = carriedType(outcome.headers['content-type']);
  return type === null ? { code: 12300 } : { type, bytes };
}
