import { guardedFetch } from '../../webhooks/guarded-fetch.ts';
import { callOut } from '../call-out.ts';
import type { CarrierOutside } from '../carrier-kind.ts';
import type { InMessage } from '../message-carrier.ts';
import { authorizationOf, type TwilioSettings } from './upstream.ts';

type InMedia = InMessage['media'][number];

/** The most files of one message. */
export const MAX_MEDIA = 10;
/** The most bytes of all files of one message, and the time for each of them. */
const MEDIA_BYTES = 5 * 1024 * 1024;
const FILE_MS = 5_000;
/** The upstream waits 15 seconds for an answer about a message with files. */
const FILES_MS = 10_000;

/** A file of a message at the upstream. */
export interface FileThere {
  readonly url: string;
  readonly content_type: string;
}

/** @returns the files of a message; null when one could not be fetched */
export async function fetchFiles(
  outside: CarrierOutside,
  settings: TwilioSettings,
  there: readonly FileThere[],
): Promise<InMedia[] | null> {
  const files: InMedia[] = [];
  const began = performance.now();
  let left = MEDIA_BYTES;
  for (const { url, content_type } of there.slice(0, MAX_MEDIA)) {
    const late = performance.now() - began > FILES_MS;
    const content = late ? null : await fetchFile(outside, settings, url, left);
    if (content === null) return null;
    left -= content.length;
    files.push({ content_type, content, source_url: null });
  }
  return files;
}

/**
 * Fetches a file. Only the upstream itself sees the credentials; an address to which it redirects
 * is fetched without them, and must be public.
 */
async function fetchFile(
  outside: CarrierOutside,
  settings: TwilioSettings,
  url: string,
  max_bytes: number,
): Promise<Buffer | null> {
  if (URL.parse(url)?.origin !== URL.parse(settings.base)?.origin) return null;
  const headers = { authorization: authorizationOf(settings) };
  const reply = await callOut({ url, method: 'GET', headers, max_bytes, answer_ms: FILE_MS });
  if (reply.status === null) return null;
  if (reply.status === 200) return reply.is_whole ? reply.body : null;
  const target = URL.parse(reply.headers['location'] ?? '', url);
  if (reply.status < 300 || reply.status >= 400 || !target) return null;
  const outcome = await guardedFetch(outside, {
    url: target.href,
    method: 'GET',
    headers: { accept: '*/*' },
    credentials: null,
    connect_ms: FILE_MS,
    read_ms: FILE_MS,
    total_ms: FILE_MS,
    body_max_bytes: max_bytes,
  });
  if (outcome.kind === 'failure' || outcome.status !== 200 || !outcome.is_whole) return null;
  return outcome.bytes;
}
