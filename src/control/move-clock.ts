import type { Act } from '../audit/act.ts';
import { lockClock, writeClock } from '../db/clock-store.ts';
import { badRequest } from '../kit/api-error.ts';
import type { ClockSetting } from '../kit/clock.ts';
import { DAY_MS } from '../kit/day.ts';
import type { EpochMs } from '../kit/utc.ts';

/** The most years that the clock may be ahead of real time. */
const MAX_AHEAD_YEARS = 100;
const MAX_AHEAD_MS = MAX_AHEAD_YEARS * 365 * DAY_MS;

/** The target: a moment, or a number of milliseconds from now. */
export type Move = { readonly set: EpochMs } | { readonly advance: number };

/** The setting after the commit, and the clock's time by it. */
export interface Moved {
  readonly setting: ClockSetting;
  readonly now: EpochMs;
}

/**
 * Moves the clock of the database forward. Moves of several processes come one after the other.
 * @throws ApiError 400/20001 for an earlier moment, and for a moment too far ahead
 */
export async function moveClock({ app, tx }: Act, move: Move): Promise<Moved> {
  const { clock } = app;
  const { epoch, ahead_ms } = await lockClock(tx);
  const before = clock.at({ epoch, ahead_ms });
  const now = 'set' in move ? move.set : before + move.advance;
  if (now < before) {
    const time = new Date(before).toISOString();
    throw badRequest(`set must not be earlier than now, ${time}: the clock only goes forward.`);
  }
  const setting = { epoch, ahead_ms: Math.max(ahead_ms, now - clock.wall()) };
  if (setting.ahead_ms > MAX_AHEAD_MS) {
    throw badRequest(`The clock goes at most ${MAX_AHEAD_YEARS} years ahead of real time.`);
  }
  await writeClock(tx, setting);
  return { setting, now };
}
