import { z } from 'zod';
import { controlReadEndpoint, controlWaitingEndpoint } from '../http/control-endpoint.ts';
import {
  addFault,
  clearFaults,
  type Fault,
  listFaults,
  MAX_FAULTS,
  removeFault,
} from '../http/faults.ts';
import { conflict } from '../kit/api-error.ts';
import { missing, nothing } from './control-fields.ts';

const METHODS = ['GET', 'POST', 'DELETE'] as const;
const PATH_LENGTH = 256;
const MIN_STATUS = 400;
const MAX_STATUS = 599;
const MAX_DELAY_MS = 60_000;
const MAX_TIMES = 1_000_000;
const MAX_SEED = 2 ** 31 - 1;

const method = z.enum(METHODS, { error: 'must be GET, POST or DELETE' });

const path = z
  .string({ error: 'must be text' })
  .max(PATH_LENGTH, `must be at most ${PATH_LENGTH} characters`)
  .regex(
    /^\/(?:2010-04-01|v1)(?:\/[\w.*/-]*)?$/,
    'must be a path of the API, which begins with /2010-04-01/ or /v1/, and may hold * and **',
  );

const RULE_OF_MATCH = 'must be as POST /2010-04-01/Accounts/*/Messages.json, or {method, path}';

const match = z.union(
  [
    z.string().transform((text, context): { method?: string; path?: string } => {
      const [, given, glob] = /^(?:([A-Z]+) )?(\S+)$/.exec(text) ?? [];
      const read = z
        .object({ method: method.optional(), path })
        .safeParse({ method: given, path: glob });
      if (read.success && glob !== undefined) return withoutUndefined(read.data);
      context.addIssue(RULE_OF_MATCH);
      return z.NEVER;
    }),
    z.strictObject({ method: method.optional(), path: path.optional() }),
  ],
  { error: RULE_OF_MATCH },
);

const RULE_OF_DELAY = `must be a length of time up to ${MAX_DELAY_MS / 1_000}s, as 500ms or 2s, or milliseconds`;

/** Milliseconds as a number, or with its unit. */
const delay = z
  .union(
    [
      z.int({ error: RULE_OF_DELAY }),
      z
        .string()
        .regex(/^\d{1,5}(?:ms|s)$/, RULE_OF_DELAY)
        .transform((text) => Number.parseInt(text, 10) * (text.endsWith('ms') ? 1 : 1_000)),
    ],
    { error: RULE_OF_DELAY },
  )
  .refine((ms) => ms >= 1 && ms <= MAX_DELAY_MS, RULE_OF_DELAY);

function wholeNumber(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: rule }).min(min, rule).max(max, rule);
}

const CUTS = ['before', 'after'] as const;
const RULE_OF_PROBABILITY = 'must be a number above 0 and up to 1';

const rule = z
  .strictObject({
    match: match
      .describe('A method and a path with stars, or its parts; every request, if it is left out')
      .optional(),
    status: wholeNumber(MIN_STATUS, MAX_STATUS).optional(),
    delay: delay.describe('Milliseconds, or text as `2s`').optional(),
    cut: z
      .enum(CUTS, { error: `must be ${CUTS.join(' or ')}` })
      .describe('Cuts the connection before or after the request is carried out')
      .optional(),
    times: wholeNumber(1, MAX_TIMES).optional(),
    probability: z
      .number({ error: RULE_OF_PROBABILITY })
      .positive(RULE_OF_PROBABILITY)
      .max(1, RULE_OF_PROBABILITY)
      .default(1),
    seed: wholeNumber(0, MAX_SEED).default(0),
  })
  .refine(({ status, delay: wait, cut }) => (status ?? wait ?? cut) !== undefined, {
    message: 'must hold status, delay or cut',
  })
  .refine(({ status, cut }) => status === undefined || cut === undefined, {
    path: ['cut'],
    message: 'must not be given with status: a cut connection has no answer',
  });

const FAULT = z.object({
  id: z.string(),
  match: z.object({ method: z.string().nullable(), path: z.string().nullable() }),
  status: z.int().nullable(),
  delay: z.int(),
  cut: z.enum(CUTS).nullable(),
  times: z.int().nullable(),
  probability: z.number(),
  seed: z.int(),
  matched: z.int(),
  struck: z.int(),
});

function presentFault(fault: Fault) {
  const { id, method: asked, path: glob, status, delay_ms, cut, times } = fault;
  const { probability, seed, matched, struck } = fault;
  return {
    id,
    match: { method: asked, path: glob },
    status,
    delay: delay_ms,
    cut,
    times,
    probability,
    seed,
    matched,
    struck,
  };
}

/** The calls that make the API fail on purpose. */
export const faultEndpoints = [
  controlReadEndpoint({
    id: 'ControlListFaults',
    summary: 'The faults of this process in their order, and how often each has struck',
    path: '/_tieline/faults',
    development_only: true,
    input: nothing,
    output: z.object({ faults: z.array(FAULT) }),
    handle: ({ app }) => Promise.resolve({ faults: listFaults(app).map(presentFault) }),
  }),

  controlWaitingEndpoint({
    id: 'ControlCreateFault',
    summary:
      'Makes the API answer requests with an error, late, or not at all; at most one fault ' +
      'strikes a request',
    method: 'POST',
    path: '/_tieline/faults',
    status: 201,
    development_only: true,
    input: rule,
    output: FAULT,
    async handle({ app, input }) {
      const { match: asked, status = null, delay: delay_ms = 0, cut = null, times = null } = input;
      const { probability, seed } = input;
      const fault = await addFault(app, {
        method: asked?.method ?? null,
        path: asked?.path ?? null,
        status,
        delay_ms,
        cut,
        times,
        probability,
        seed,
      });
      if (fault) return presentFault(fault);
      throw conflict(`There are ${MAX_FAULTS} faults: remove some with DELETE /_tieline/faults.`);
    },
  }),

  controlWaitingEndpoint({
    id: 'ControlDeleteFaults',
    summary: 'Removes all faults of this process',
    method: 'DELETE',
    path: '/_tieline/faults',
    status: 204,
    development_only: true,
    input: nothing,
    output: null,
    handle: ({ app }) => Promise.resolve(clearFaults(app)),
  }),

  controlWaitingEndpoint({
    id: 'ControlDeleteFault',
    summary: 'Removes one fault',
    method: 'DELETE',
    path: '/_tieline/faults/:FaultId',
    status: 204,
    development_only: true,
    input: nothing,
    output: null,
    handle({ app, path }) {
      if (!removeFault(app, path.FaultId)) throw missing('fault', path.FaultId);
      return Promise.resolve();
    },
  }),
];

/** zod leaves an absent option as `undefined`. */
function withoutUndefined({
  method: given,
  path: glob,
}: {
  method?: string | undefined;
  path: string;
}) {
  return given === undefined ? { path: glob } : { method: given, path: glob };
}
