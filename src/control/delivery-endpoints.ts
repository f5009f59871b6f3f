import { z } from 'zod';
import { iso8601Date, method, sid, url } from '../http/answers/resource.ts';
import { controlEndpoint, controlReadEndpoint } from '../http/control-endpoint.ts';
import { iso8601 } from '../kit/utc.ts';
import { fetchDelivery, listAttempts, listDeliveries } from '../webhooks/delivery-store.ts';
import { replayDelivery } from '../webhooks/replay-delivery.ts';
import { type Attempt, DELIVERY_STATES, type Delivery } from '../webhooks/webhook.ts';
import { missing, nothing, sidText } from './control-fields.ts';

/** The most deliveries in one answer, newest first. */
const MAX_DELIVERIES = 100;
const URL_LENGTH = 2_048;

const ATTEMPT = z.object({
  number: z.number().int(),
  date: iso8601Date,
  url,
  signed: z.string().nullable().describe('The text that was signed'),
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  response: z.string().nullable(),
  duration_ms: z.number().int(),
});

export const DELIVERY = z.object({
  id: sid('DL'),
  account_sid: sid('AC'),
  connect_app_sid: sid('CN').nullable(),
  kind: z.string(),
  url,
  method,
  state: z.enum(DELIVERY_STATES),
  reason: z.string().nullable(),
  idempotency_token: z.string(),
  date_created: iso8601Date,
  date_next: iso8601Date.nullable(),
  parameters: z.unknown(),
  attempts: z.array(ATTEMPT),
});

function presentAttempt(attempt: Attempt): z.output<typeof ATTEMPT> {
  const { number, signed, status, error, response, duration_ms } = attempt;
  const date = iso8601(attempt.date_created);
  return { number, date, url: attempt.url, signed, status, error, response, duration_ms };
}

export type ShownDelivery = z.output<typeof DELIVERY>;

export function presentDelivery(delivery: Delivery, attempts: readonly Attempt[]): ShownDelivery {
  const { account_sid, connect_app_sid, date_next, idempotency_token, kind, reason } = delivery;
  return {
    id: delivery.sid,
    account_sid,
    connect_app_sid,
    kind,
    url: delivery.url,
    method: delivery.method,
    state: delivery.state,
    reason,
    idempotency_token,
    date_created: iso8601(delivery.date_created),
    date_next: date_next === null ? null : iso8601(date_next),
    parameters: JSON.parse(delivery.payload) as unknown,
    attempts: attempts
      .filter(({ delivery_sid }) => delivery_sid === delivery.sid)
      .map(presentAttempt),
  };
}

export const deliveryEndpoints = [
  controlReadEndpoint({
    id: 'ControlListDeliveries',
    summary: 'The past and pending webhooks, newest first, with all attempts',
    path: '/_tieline/deliveries',
    input: z.strictObject({
      account_sid: sidText('AC').optional(),
      state: z
        .enum(DELIVERY_STATES, { error: `must be one of ${DELIVERY_STATES.join(', ')}` })
        .optional(),
      url: z
        .string()
        .max(URL_LENGTH, `must be at most ${URL_LENGTH} characters`)
        .refine((value) => !value.includes('\0'), 'must not hold control characters')
        .optional(),
    }),
    output: z.object({ deliveries: z.array(DELIVERY) }),
    async handle({ db, input }) {
      const found = await listDeliveries(db, input, MAX_DELIVERIES);
      const attempts = await listAttempts(
        db,
        found.map((delivery) => delivery.sid),
      );
      return { deliveries: found.map((delivery) => presentDelivery(delivery, attempts)) };
    },
  }),

  controlEndpoint({
    id: 'ControlReplayDelivery',
    summary: 'Sends a delivery again now, with the same token, and restarts its schedule',
    method: 'POST',
    path: '/_tieline/deliveries/:Sid/replay',
    status: 200,
    input: nothing,
    output: DELIVERY,
    account_of: async ({ db, path }) => (await fetchDelivery(db, path.Sid))?.account_sid,
    async handle(call) {
      const { path, tx } = call;
      const delivery = await fetchDelivery(tx, path.Sid);
      if (!delivery) throw missing('delivery', path.Sid);
      const replayed = await replayDelivery(call, delivery);
      return presentDelivery(replayed, await listAttempts(tx, [delivery.sid]));
    },
  }),
];
