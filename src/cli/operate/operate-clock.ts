import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { ConfigError } from '../../config.ts';
import {
  lengthInput,
  momentInput,
  RULE_OF_ADVANCE,
  RULE_OF_SET,
} from '../../control/clock-input.ts';
import { moveClock } from '../../control/move-clock.ts';
import { laterText, putClockInStep } from '../../control/put-clock-in-step.ts';
import { type DatedLater, fetchDatedLater } from '../../db/dated-store.ts';
import { movedText } from '../../kit/clock.ts';
import { iso8601 } from '../../kit/utc.ts';

export interface ClockStatus {
  readonly now: string;
  readonly real_time: string;
  readonly ahead_ms: number;
  readonly moved: string | null;
  /** Rows that are dated later than real time. They keep the clock from being put back. */
  readonly dated_later: readonly {
    readonly table: DatedLater['table'];
    readonly rows: number;
    readonly latest: string;
  }[];
}

export async function clockStatus({ clock, database }: App): Promise<ClockStatus> {
  const real = clock.wall();
  const later = clock.isMoved ? await fetchDatedLater(database.db, real) : [];
  return {
    now: iso8601(clock.now()),
    real_time: iso8601(real),
    ahead_ms: clock.ahead_ms,
    moved: movedText(clock),
    dated_later: later.map((one) => ({ ...one, latest: iso8601(one.latest) })),
  };
}

export function headLine({ now, moved }: ClockStatus): string {
  return moved ?? `The clock goes by real time: it is ${now}.`;
}

/** The status for people. */
export function statusLines(status: ClockStatus): string {
  const { moved, dated_later } = status;
  if (moved === null) return headLine(status);
  if (dated_later.length === 0) {
    return `${moved}\nNothing is dated later than real time: tieline clock in-step puts it back.`;
  }
  const lines = dated_later.map(
    (one) => `  ${laterText({ ...one, latest: Date.parse(one.latest) })}`,
  );
  return `${moved}\nIt cannot be put back, because this is dated later than real time:\n${lines.join('\n')}`;
}

/**
 * Moves the clock forward, or puts it in step with real time.
 * @param how null puts it in step
 * @throws ConfigError for a wrong value, and for data of a production server
 */
export async function moveClockOf(
  app: App,
  how: { readonly set: string } | { readonly advance: string } | null,
): Promise<void> {
  if (how === null) return putClockInStep(app);
  const move = readMove(how);
  if (app.config.mode === 'production') {
    throw new ConfigError('This is not a development database, so its clock cannot move.');
  }
  const { setting } = await act(app, OPERATOR, (doing) => moveClock(doing, move));
  app.clock.follow(setting);
}

function readMove(how: { readonly set: string } | { readonly advance: string }) {
  if ('set' in how) {
    const { data } = momentInput.safeParse(how.set);
    if (data === undefined) throw new ConfigError(`The time ${RULE_OF_SET}, not "${how.set}".`);
    return { set: data };
  }
  const { data } = lengthInput.safeParse(how.advance);
  if (data === undefined) {
    throw new ConfigError(`The length ${RULE_OF_ADVANCE}, not "${how.advance}".`);
  }
  return { advance: data };
}
