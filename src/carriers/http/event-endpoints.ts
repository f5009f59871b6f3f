import { z } from 'zod';
import { controlWaitingEndpoint } from '../../http/control-endpoint.ts';
import { readDecimal } from '../../kit/money.ts';
import { CARRIER_ERRORS, carrierErrorOf } from '../carrier-error.ts';
import { lineUpOf } from '../line-up.ts';

const MAX_EVENTS = 100;
const MAX_BODY = 64 * 1024;
const MAX_MEDIA = 10;
const MAX_TOLD_HOPS = 9_999;
/** Room for the events of a request with files of 5 MiB in base64. */
const EVENTS_BYTES = 8 * 1024 * 1024;
const RECEIPTS = ['buffered', 'sent', 'delivered', 'undelivered', 'failed'] as const;

const PRICE_RULE = 'must be a decimal number in quotes with at most six places, such as "0.0075"';
const CURRENCY_RULE = 'must be three capital letters, such as EUR';

const text = (max: number) => z.string().min(1).max(max);

const receipt = z.strictObject({
  type: z.literal('receipt'),
  sid: z
    .string()
    .regex(/^(?:SM|MM)[0-9a-f]{32}$/, 'must be the SID of a message')
    .describe('The `sid` that the message had'),
  state: z.enum(RECEIPTS).describe('`buffered`: still on its way. The last three are final'),
  code: z
    .int()
    .optional()
    .describe(`Why it did not arrive: one of ${Object.keys(CARRIER_ERRORS).join(', ')}`),
  detail: text(500).optional().describe('The reason in words, for the timeline'),
  price: z
    .string({ error: PRICE_RULE })
    .refine((price) => (readDecimal(price) ?? -1) >= 0, PRICE_RULE)
    .optional()
    .describe('What the message costs the operator, as a decimal number. The first one counts'),
  currency: z
    .string({ error: CURRENCY_RULE })
    .regex(/^[A-Z]{3}$/, CURRENCY_RULE)
    .default('USD')
    .describe('The currency of `price`'),
});
const incoming = z.strictObject({
  type: z.literal('message'),
  id: text(200).describe('Your own id. A repeated id changes nothing'),
  from: text(64),
  to: text(64).describe('A number of an account, in E.164'),
  body: z.string().max(MAX_BODY).default(''),
  media: z
    .array(
      z.strictObject({
        content_type: text(100),
        content: z.base64().describe('The file in base64'),
      }),
    )
    .max(MAX_MEDIA, `must hold at most ${MAX_MEDIA} files`)
    .default([]),
  hops: z
    .int()
    .min(0)
    .max(MAX_TOLD_HOPS, `must be a whole number from 0 to ${MAX_TOLD_HOPS}`)
    .default(0)
    .describe('The `hops` of the message that this one answers'),
});
const event = z.discriminatedUnion('type', [receipt, incoming], {
  error: 'must have the type receipt or message',
});

/** The reports of carriers of the kind `http`. Each carrier has its own token. */
export const carrierEndpoints = [
  controlWaitingEndpoint({
    id: 'CarrierReportEvents',
    summary: 'A carrier of the kind http reports receipts and messages that came in',
    method: 'POST',
    path: '/_carrier/:Name/events',
    status: 200,
    body_bytes: EVENTS_BYTES,
    input: z.strictObject({
      events: z
        .array(event, { error: 'must be a list of events' })
        .max(MAX_EVENTS, `must hold at most ${MAX_EVENTS} events`),
    }),
    output: z.object({
      results: z
        .array(z.enum(['kept', 'unknown']))
        .describe('For each event: whether it is recorded, or belongs to nothing here'),
    }),
    async handle({ app, path, input }) {
      const results: ('kept' | 'unknown')[] = [];
      const { inbound } = lineUpOf(app);
      for (const one of input.events) {
        if (one.type === 'receipt') {
          const { sid, state, code, detail = null, price, currency } = one;
          const known = code === undefined ? null : carrierErrorOf(code);
          const micro = price === undefined ? null : readDecimal(price);
          const cost = micro === null ? undefined : { micro, currency };
          const told = { of: { sid }, state, code: known, detail, cost };
          results.push(await inbound.receipt(path.Name, told));
        } else {
          const { id, from, to, body, media, hops } = one;
          const files = media.map(({ content_type, content }) => ({
            content_type,
            content: Buffer.from(content, 'base64'),
            source_url: null,
          }));
          const message = { id, from, to, body, media: files, hops };
          results.push(await inbound.message(path.Name, message));
        }
      }
      return { results };
    },
  }),
];
