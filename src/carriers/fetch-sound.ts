import { guardedFetch } from '../webhooks/guarded-fetch.ts';
import { readWebhookUrl } from '../webhooks/webhook-url.ts';
import type { CarrierOutside } from './carrier-kind.ts';
import type { SoundFile } from './media/prompts.ts';
import { SoundError } from './media/sound.ts';
import { WAV_MAX_BYTES } from './media/wav.ts';

/** The longest time for one file. The caller waits for it in silence. */
const TOTAL_MS = 10_000;
const OK = 200;
const NOT_MODIFIED = 304;

/**
 * Gets the file of a `Play`, by the rules for addresses that an application chose.
 * @param etag the version that is here already; null: none is
 * @throws SoundError
 */
export async function fetchSound(
  outside: Pick<CarrierOutside, 'resolve' | 'randomBytes' | 'config'>,
  written: string,
  etag: string | null,
): Promise<SoundFile> {
  const { url, credentials, overrides } = readWebhookUrl(written);
  const { connect_ms, read_ms } = overrides;
  const outcome = await guardedFetch(outside, {
    url,
    method: 'GET',
    headers: {
      accept: 'audio/wav, audio/x-wav, audio/*',
      ...(etag !== null && { 'if-none-match': etag }),
    },
    credentials,
    connect_ms,
    read_ms,
    total_ms: TOTAL_MS,
    // One byte more tells a file that is too long.
    body_max_bytes: WAV_MAX_BYTES + 1,
  });
  if (outcome.kind === 'failure') throw new SoundError(outcome.error);
  if (outcome.status === NOT_MODIFIED && etag !== null) return { bytes: null, etag };
  if (outcome.status !== OK) throw new SoundError(`The file was answered with ${outcome.status}.`);
  if (!outcome.is_whole && outcome.bytes.length <= WAV_MAX_BYTES) {
    throw new SoundError('The file broke off; its sender ended it early.');
  }
  return { bytes: outcome.bytes, etag: outcome.headers['etag'] ?? null };
}
