import { z } from 'zod';
import { listCarrierStates } from '../carriers/carrier-health.ts';
import { TRAFFIC } from '../carriers/carrier-kind.ts';
import type { Db } from '../db/database.ts';
import { iso8601Date, sid } from '../http/answers/resource.ts';
import { type ControlCall, controlReadEndpoint } from '../http/control-endpoint.ts';
import { badRequest } from '../kit/api-error.ts';
import { iso8601 } from '../kit/utc.ts';
import { foreseeCarriers } from '../numbers/foresee-carrier.ts';
import { shareCalls } from '../voice/call-shares.ts';
import { findPolicy } from '../voice/connection-policy-store.ts';
import { findTargetsOfPolicy } from '../voice/target-store.ts';
import { demandAccount, missing, nothing, sidText } from './control-fields.ts';

const MAX_CALLS = 100_000;
const MAX_SEED = 2 ** 31 - 1;
const MAX_ADDRESS = 255;

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

const address = z.string().max(MAX_ADDRESS, `must have at most ${MAX_ADDRESS} characters`);

const INPUT = z.strictObject({
  policy: sidText('NY').describe('The connection policy, `NY…`').optional(),
  calls: count(1, MAX_CALLS).optional(),
  seed: count(0, MAX_SEED).optional(),
  to: address.describe('The recipient of a message or a call, in E.164').optional(),
  from: address.describe('The sender, in E.164').optional(),
  account_sid: sidText('AC')
    .describe('The account that sends; without it, the one that holds `from`')
    .optional(),
  grant_sid: sidText('GR').describe('The grant of the Connect app that sends').optional(),
});

type Input = z.output<typeof INPUT>;

/** Shows the targets of a connection policy, or the carriers between two addresses. */
export const routeEndpoints = [
  controlReadEndpoint({
    id: 'ControlListCarriers',
    summary: 'The carriers of the server that answers, each with its state there',
    path: '/_tieline/carriers',
    input: nothing,
    output: z.object({
      carriers: z.array(
        z.object({
          name: z.string(),
          kind: z.string(),
          carries: z.array(z.enum(TRAFFIC)),
          routes: z.int().describe('The number of routes that lead to it'),
          default_of: z.array(z.enum(TRAFFIC)),
          state: z.enum(['up', 'throttled', 'down', 'unknown']),
          detail: z.string().nullable().describe('The reason of the state, in words'),
          since: iso8601Date.nullable(),
        }),
      ),
    }),
    async handle({ app }) {
      const carriers = listCarrierStates(app).map(({ health, carries, default_of, ...one }) => ({
        ...one,
        carries: [...carries],
        default_of: [...default_of],
        state: health.state,
        detail: health.detail,
        since: health.since === null ? null : iso8601(health.since),
      }));
      return { carriers };
    },
  }),

  controlReadEndpoint({
    id: 'ControlRouteCalls',
    summary:
      'Shows to which targets of a connection policy a number of calls would go, or which carriers ' +
      'would take a message and a call between two addresses',
    path: '/_tieline/route',
    input: INPUT,
    output: z.object({
      targets: z.array(
        z.object({
          sid: sid('NE').optional(),
          target: z
            .string()
            .nullable()
            .describe('The target of a policy, or the name of a carrier'),
          priority: z.int().optional(),
          weight: z.int().optional(),
          calls: z.int().optional(),
          share: z.number().optional(),
          traffic: z.enum(TRAFFIC).optional(),
          kind: z.string().nullable().optional().describe('The kind of the carrier'),
          because: z.string().optional().describe('The reason for this carrier'),
        }),
      ),
    }),
    async handle({ app, db, input }) {
      const { policy, to } = input;
      if ((policy === undefined) === (to === undefined)) {
        throw badRequest('policy must be given, or to and from.');
      }
      const isCarriers = policy === undefined;
      refuseOthers(input, isCarriers ? ['calls', 'seed'] : ['from', 'account_sid', 'grant_sid']);
      return isCarriers ? carriersOf(app, db, input) : targetsOf(db, input);
    },
  }),
];

function refuseOthers(input: Input, names: readonly (keyof Input)[]): void {
  const wrong = names.find((name) => input[name] !== undefined);
  if (wrong === undefined) return;
  const other = input.policy === undefined ? 'policy' : 'to';
  throw badRequest(`${wrong} must be given together with ${other}.`);
}

async function targetsOf(db: Db, { policy = '', calls = 1, seed = 0 }: Input) {
  if (!(await findPolicy(db, policy))) throw missing('connection policy', policy);
  const targets = await findTargetsOfPolicy(db, policy);
  const shares = shareCalls(targets, calls, seed);
  return {
    targets: targets.map(({ sid, target, priority, weight }) => {
      const got = shares.get(sid) ?? 0;
      return { sid, target, priority, weight, calls: got, share: got / calls };
    }),
  };
}

async function carriersOf(app: ControlCall['app'], db: Db, input: Input) {
  const { to = '', from = null, account_sid = null, grant_sid = null } = input;
  if (account_sid !== null) await demandAccount(db, account_sid);
  return { targets: await foreseeCarriers(app, db, { to, from, account_sid, grant_sid }) };
}
