import { z } from 'zod';
import type { App } from '../app.ts';
import { act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { readClock } from '../db/clock-store.ts';
import { controlReadEndpoint, controlWaitingEndpoint } from '../http/control-endpoint.ts';
import { settleDeliveries } from '../webhooks/settle-deliveries.ts';
import { nothing } from './control-fields.ts';
import { type Move, moveClock } from './move-clock.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Digits of a length of time: enough for a century of milliseconds. */
const LENGTH_OF_TIME = /^(\d{1,13})(ms|s|m|h|d)$/;

function readLength(text: string): number {
  const [, count = '', unit = ''] = LENGTH_OF_TIME.exec(text) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? Number.NaN);
}

const RULE_OF_SET = 'must be a time as 2026-03-18T23:31:36Z';
const RULE_OF_ADVANCE = 'must be a length of time as 1d, 2h, 30m, 15s or 500ms';

const move = z
  .strictObject({
    set: z.iso
      .datetime({ offset: true, error: RULE_OF_SET })
      .transform((text) => Date.parse(text))
      .refine((ms) => Number.isFinite(ms), RULE_OF_SET)
      .optional(),
    advance: z
      .string({ error: RULE_OF_ADVANCE })
      .regex(LENGTH_OF_TIME, RULE_OF_ADVANCE)
      .transform(readLength)
      .optional(),
  })
  .transform(({ set, advance }, context): Move => {
    if (set !== undefined && advance === undefined) return { set };
    if (advance !== undefined && set === undefined) return { advance };
    context.addIssue('must hold either set or advance');
    return z.NEVER;
  });

/** To the millisecond, as the boundaries of days are tested. */
const now = z.iso.datetime();
const isoNow = (app: App): string => new Date(app.now()).toISOString();

export const clockEndpoints = [
  controlReadEndpoint({
    id: 'ControlFetchClock',
    summary: 'The time that the product goes by',
    path: '/_tieline/clock',
    development_only: true,
    input: nothing,
    output: z.object({ now }),
    async handle({ app, db }) {
      app.clock.follow(await readClock(db));
      return { now: isoNow(app) };
    },
  }),

  controlWaitingEndpoint({
    id: 'ControlMoveClock',
    summary:
      'Moves the time forward, to a moment or by a length of time; it runs on from there. ' +
      'Answers when the webhooks that fell due have been tried once, after at most 30 s',
    method: 'POST',
    path: '/_tieline/clock',
    status: 200,
    development_only: true,
    input: move,
    output: z.object({ now, delivered: z.int(), pending: z.int() }),
    async handle({ app, input }) {
      const moved = await act(app, OPERATOR, (doing) => moveClock(doing, input));
      app.clock.follow(moved.setting);
      const settled = await settleDeliveries(app, moved.now);
      return { now: isoNow(app), ...settled };
    },
  }),
];
