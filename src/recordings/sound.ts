import type { Bytes } from '../http/endpoint.ts';
import { NotFound } from '../kit/api-error.ts';
import { mp3Of } from './mp3.ts';
import { hasAudio, type Recording } from './recording.ts';
import { wavBytes, wavOf } from './wav.ts';

/** The suffixes of a recording's files. */
export const SOUND_SUFFIXES = ['.wav', '.mp3'] as const;

/**
 * The sound of a recording in the format of a path's suffix; without a suffix it is WAV.
 * @throws ApiError 404 for a recording without sound
 */
export function soundOf(recording: Recording | null | undefined, suffix: string): Bytes {
  if (!recording || !hasAudio(recording)) throw new NotFound();
  const { sid, channels, duration } = recording;
  const recorded = { sid, channels, seconds: duration ?? 0 };
  if (suffix === '.mp3') return { type: 'audio/mpeg', body: mp3Of(recorded) };
  const headers = { 'content-length': String(wavBytes(recorded)) };
  return { type: 'audio/x-wav', body: wavOf(recorded), headers };
}
