import { z } from 'zod';
import { targetsOf } from '../carriers/carrier-health.ts';
import type { Db } from '../db/database.ts';
import { iso8601Date, sid } from '../http/answers/resource.ts';
import { controlReadEndpoint } from '../http/control-endpoint.ts';
import { iso8601 } from '../kit/utc.ts';
import type { ConnectionPolicy, Target } from '../voice/connection-policy.ts';
import { findPolicy } from '../voice/connection-policy-store.ts';
import { EXPORT_FORMATS, exportPolicy } from '../voice/export-policy.ts';
import { findTargetsOfPolicy } from '../voice/target-store.ts';
import { missing, sidText } from './control-fields.ts';

const policy = sidText('NY').describe('The connection policy, `NY…`');

const format = z
  .enum(EXPORT_FORMATS, { error: `must be one of ${EXPORT_FORMATS.join(', ')}` })
  .describe('The program that reads the text');

/** The targets of a connection policy, in the order in which they were made. */
async function demandTargets(
  db: Db,
  policy_sid: string,
): Promise<{ readonly policy: ConnectionPolicy; readonly targets: readonly Target[] }> {
  const found = await findPolicy(db, policy_sid);
  if (!found) throw missing('connection policy', policy_sid);
  return { policy: found, targets: await findTargetsOfPolicy(db, policy_sid) };
}

/** Shows the targets of connection policies, and exports them. */
export const targetControlEndpoints = [
  controlReadEndpoint({
    id: 'ControlListTargets',
    summary:
      'The targets of a connection policy, each with its state as the server that answers sees it',
    path: '/_tieline/targets',
    input: z.strictObject({ policy }),
    output: z.object({
      targets: z.array(
        z.object({
          sid: sid('NE'),
          target: z.string(),
          priority: z.int(),
          weight: z.int(),
          enabled: z.boolean(),
          state: z
            .enum(['up', 'down', 'unknown'])
            .describe('A target that is down comes last. Nobody asked one that is `unknown`'),
          detail: z.string().nullable().describe('The reason of the state, as a sentence'),
          since: iso8601Date.nullable(),
        }),
      ),
    }),
    async handle({ app, db, input }) {
      const states = targetsOf(app);
      const { targets } = await demandTargets(db, input.policy);
      return {
        targets: targets.map((one) => {
          const seen = states?.stateOf(one.target);
          return {
            sid: one.sid,
            target: one.target,
            priority: one.priority,
            weight: one.weight,
            enabled: one.enabled === 1,
            state: seen?.state ?? 'unknown',
            detail: seen?.detail ?? null,
            since: seen?.since ? iso8601(seen.since) : null,
          };
        }),
      };
    },
  }),

  controlReadEndpoint({
    id: 'ControlExportPolicy',
    summary: 'A connection policy in the form of another program, as text',
    path: '/_tieline/targets/export',
    input: z.strictObject({ policy, format }),
    output: z.object({
      format,
      text: z
        .string()
        .describe(
          "A list for Kamailio's module dispatcher, SQL for OpenSIPS' module drouting, or JSON " +
            'with the carriers of jambonz',
        ),
    }),
    async handle({ db, input }) {
      const found = await demandTargets(db, input.policy);
      const text = exportPolicy(input.format, found.policy, found.targets);
      return { format: input.format, text };
    },
  }),
];
