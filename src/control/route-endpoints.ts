import { z } from 'zod';
import { sid } from '../http/answers/resource.ts';
import { controlReadEndpoint } from '../http/control-endpoint.ts';
import { shareCalls } from '../voice/call-shares.ts';
import { findPolicy } from '../voice/connection-policy-store.ts';
import { findTargetsOfPolicy } from '../voice/target-store.ts';
import { missing, sidText } from './control-fields.ts';

const MAX_CALLS = 100_000;
const MAX_SEED = 2 ** 31 - 1;

/** A whole number in a query. */
function count(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error: rule })
    .regex(/^\d{1,10}$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule)
    .meta({ openapi: { type: 'integer', minimum: min, maximum: max } });
}

/** Shows the targets that a connection policy would choose for calls. */
export const routeEndpoints = [
  controlReadEndpoint({
    id: 'ControlRouteCalls',
    summary: 'Shows to which targets of a connection policy a number of calls would go',
    path: '/_tieline/route',
    input: z.strictObject({
      policy: sidText('NY').describe('The connection policy, `NY…`'),
      calls: count(1, MAX_CALLS).default(1),
      seed: count(0, MAX_SEED).default(0),
    }),
    output: z.object({
      targets: z.array(
        z.object({
          sid: sid('NE'),
          target: z.string(),
          priority: z.int(),
          weight: z.int(),
          calls: z.int(),
          share: z.number(),
        }),
      ),
    }),
    async handle({ db, input }) {
      const { policy, calls, seed } = input;
      if (!(await findPolicy(db, policy))) throw missing('connection policy', policy);
      const targets = await findTargetsOfPolicy(db, policy);
      const shares = shareCalls(targets, calls, seed);
      return {
        targets: targets.map(({ sid, target, priority, weight }) => {
          const got = shares.get(sid) ?? 0;
          return { sid, target, priority, weight, calls: got, share: got / calls };
        }),
      };
    },
  }),
];
