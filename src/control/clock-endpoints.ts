import { z } from 'zod';
import type { App } from '../app.ts';
import { act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { readClock } from '../db/clock-store.ts';
import { controlReadEndpoint, controlWaitingEndpoint } from '../http/control-endpoint.ts';
import type { EpochMs } from '../kit/utc.ts';
import { settleDeliveries } from '../webhooks/settle-deliveries.ts';
import { lengthInput, momentInput } from './clock-input.ts';
import { nothing } from './control-fields.ts';
import { type Move, moveClock } from './move-clock.ts';
import { putClockInStep } from './put-clock-in-step.ts';

const moveInput = z
  .strictObject({
    set: momentInput.optional(),
    advance: lengthInput.optional(),
    in_step: z.literal(true, { error: 'must be true' }).optional(),
  })
  .transform(({ set, advance, in_step }, context): Move | 'in step' => {
    const given = [set, advance, in_step].filter((value) => value !== undefined);
    if (given.length === 1) {
      if (set !== undefined) return { set };
      return advance === undefined ? 'in step' : { advance };
    }
    context.addIssue('must hold one of set, advance and in_step');
    return z.NEVER;
  });

/** A time to the millisecond, so that tests can reach the boundary of a day. */
const now = z.iso.datetime();
const isoNow = (app: App): string => new Date(app.now()).toISOString();

async function move(app: App, to: Move): Promise<EpochMs> {
  const { setting, now } = await act(app, OPERATOR, (doing) => moveClock(doing, to));
  app.clock.follow(setting);
  return now;
}

async function step(app: App): Promise<EpochMs> {
  await putClockInStep(app);
  return app.now();
}

export const clockEndpoints = [
  controlReadEndpoint({
    id: 'ControlFetchClock',
    summary: "The product's time",
    path: '/_tieline/clock',
    development_only: true,
    input: nothing,
    output: z.object({ now, real_time: now, moved: z.boolean(), ahead_ms: z.int() }),
    async handle({ app, db }) {
      const { clock } = app;
      clock.follow(await readClock(db));
      const real_time = new Date(clock.wall()).toISOString();
      return { now: isoNow(app), real_time, moved: clock.isMoved, ahead_ms: clock.ahead_ms };
    },
  }),

  controlWaitingEndpoint({
    id: 'ControlMoveClock',
    summary:
      'Moves the time forward, to a moment or by a length of time; it runs on from there. ' +
      'With in_step, puts it back to real time if nothing is dated later. ' +
      'Answers when the webhooks that fell due were tried once, or after 30 s',
    method: 'POST',
    path: '/_tieline/clock',
    status: 200,
    development_only: true,
    input: moveInput,
    output: z.object({ now, delivered: z.int(), pending: z.int() }),
    async handle({ app, input }) {
      const since = await (input === 'in step' ? step(app) : move(app, input));
      const settled = await settleDeliveries(app, since);
      return { now: isoNow(app), ...settled };
    },
  }),
];
