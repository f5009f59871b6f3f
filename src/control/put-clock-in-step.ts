import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { lockClock, writeClock } from '../db/clock-store.ts';
import { type DatedLater, fetchDatedLater } from '../db/dated-store.ts';
import { lockWorld } from '../db/whole/snapshot-rows.ts';
import { type ApiError, conflict } from '../kit/api-error.ts';
import type { ClockSetting } from '../kit/clock.ts';
import { iso8601 } from '../kit/utc.ts';
import { nudgeWorker } from '../webhooks/webhook-nudge.ts';

/** Runs a deed for its caller. */
type Change = <T>(deed: (act: Act) => Promise<T>) => Promise<T>;

const byOperator =
  (app: App): Change =>
  (deed) =>
    act(app, OPERATOR, deed);

/**
 * Puts the clock of the database back to real time, if no row is dated later than that. Such a row
 * would be in the future afterwards.
 * @throws ApiError 409/20409 that names the rows in the way
 */
export async function putClockInStep(app: App, change: Change = byOperator(app)): Promise<void> {
  const before = await change(async ({ tx }) => {
    await lockWorld(tx, app.database.engine);
    const found = await lockClock(tx);
    if (found.ahead_ms === 0) return found;
    await demandNothingLater(app, tx);
    await writeClock(tx, { epoch: found.epoch + 1, ahead_ms: 0 });
    return found;
  });
  if (before.ahead_ms === 0) return;
  const after = { epoch: before.epoch + 1, ahead_ms: 0 };
  app.clock.follow(after);
  await takeBackWhereLate(app, { ...after, ahead_ms: before.ahead_ms });
  nudgeWorker(app);
}

/** Undoes the step if a change in the same commit still got the earlier clock's time. */
async function takeBackWhereLate(app: App, ahead: ClockSetting): Promise<void> {
  const refusal = await act(app, OPERATOR, async ({ tx }) => {
    const later = await fetchDatedLater(tx, app.clock.wall());
    if (later.length === 0) return null;
    await writeClock(tx, ahead);
    return inTheWay(app, later);
  });
  if (refusal === null) return;
  app.clock.follow(ahead);
  throw refusal;
}

async function demandNothingLater(app: App, tx: Act['tx']): Promise<void> {
  const later = await fetchDatedLater(tx, app.clock.wall());
  if (later.length > 0) throw inTheWay(app, later);
}

function inTheWay({ clock }: App, later: readonly DatedLater[]): ApiError {
  const named = later.map(laterText).join('; ');
  return conflict(
    `The clock stays ahead, because this is dated later than real time, ${iso8601(clock.wall())}: ` +
      `${named}. A reset makes a fresh world (POST /_tieline/reset).`,
  );
}

/** `messages: 3 rows, the latest of 2027-01-01T00:00:00Z`. */
export function laterText({ table, rows, latest }: DatedLater): string {
  return `${table}: ${rows} ${rows === 1 ? 'row' : 'rows'}, the latest of ${iso8601(latest)}`;
}
