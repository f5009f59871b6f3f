import type { MessageCarrier } from '../../carriers/message-carrier.ts';
import type { EpochMs } from '../../kit/utc.ts';

/** The pauses before the far side is asked for a message whose fate is not known. */
const PAUSES_MS = [60_000, 5 * 60_000, 30 * 60_000, 2 * 60 * 60_000];

/**
 * The time at which a message on a wire is looked after again: when the far side is to be asked for
 * it, at the latest when its validity ends. A carrier that cannot ask waits for the end.
 */
export function nextLook(
  carrier: MessageCarrier | undefined,
  { valid_until, asked = 0 }: { readonly valid_until: EpochMs; readonly asked?: number },
  now: EpochMs,
): EpochMs {
  const end = Math.max(valid_until, now);
  if (!carrier?.ask) return end;
  const pause = PAUSES_MS[Math.min(asked, PAUSES_MS.length - 1)] ?? 0;
  return Math.min(end, now + pause);
}
