import { createHmac } from 'node:crypto';
import { digestOf, sameDigest } from '../../kit/seal.ts';
import type { EpochMs } from '../../kit/utc.ts';
import type { MediaPlace } from '../message-carrier.ts';

/** The time in which the upstream may fetch a file. */
const OPEN_MS = 60 * 60_000;

/** An address of ours at which the upstream fetches one file, for an hour. */
export function mediaUrl(ours: string, place: MediaPlace, secret: string, now: EpochMs): string {
  const until = now + OPEN_MS;
  const { message_sid, sid } = place;
  return `${ours}/media/${message_sid}/${sid}/${until}/${signatureOf(place, until, secret)}`;
}

/** The file of a signed address; null when the signature is wrong or the time is over. */
export function mediaOfUrl(
  parts: readonly string[],
  secret: string,
  now: EpochMs,
): MediaPlace | null {
  const [message_sid = '', sid = '', until = '', signature = ''] = parts;
  if (parts.length !== 4 || !/^\d{1,15}$/.test(until)) return null;
  const right = signatureOf({ message_sid, sid }, Number(until), secret);
  const isRight = sameDigest(digestOf(signature), digestOf(right));
  return isRight && Number(until) >= now ? { message_sid, sid } : null;
}

function signatureOf({ message_sid, sid }: MediaPlace, until: EpochMs, secret: string): string {
  const text = `tieline media|${message_sid}|${sid}|${until}`;
  return createHmac('sha256', secret).update(text).digest('hex');
}
