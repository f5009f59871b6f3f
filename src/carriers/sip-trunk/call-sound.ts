import type { KeyPad } from '../media/key-pad.ts';
import type { Line } from '../media/media.ts';
import type { LiveLeg } from '../voice-carrier.ts';

/** The sound of one call. */
export interface CallSound {
  /** The line of its RTP; null for a call without sound. */
  readonly line: Line | null;
  /** Our description; null lets the far side describe first. */
  offer(): string | null;
  /**
   * Our answer to an offer; null when nothing in it can be taken.
   * @param peer the host that the call came from; absent: as before
   */
  answer(offer: Buffer, peer?: string): string | null;
  /**
   * Hears the description of the far side, at early sound and at the answer.
   * @param peer the host that the call is made with
   * @returns the reason why the call has no sound, as a sentence; null when it has
   */
  agreed(sdp: Buffer, peer: string): Promise<string | null>;
  /** The keys of the far side. */
  readonly keys: KeyPad;
  /** See `LiveLeg`. */
  perform: LiveLeg['perform'];
  close(): void;
}

/**
 * Makes the sound of a call.
 * @param address the address that others reach
 * @param failed hears that the call must end, with the reason as a sentence
 */
export type OpenSound = (address: string, failed: (reason: string) => void) => Promise<CallSound>;

/** The line of a leg; null for one without sound. */
export function lineOf(leg: LiveLeg | null): Line | null {
  return leg && 'line' in leg ? (leg.line as Line | null) : null;
}
