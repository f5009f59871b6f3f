import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../db/tables/tables.ts';
import { datesV1, iso8601Date, resource, sid, uriMap, url } from '../http/answers/resource.ts';

export type ConnectionPolicy = Selectable<Tables['connection_policies']>;
export type Target = Selectable<Tables['connection_policy_targets']>;

/** The most policies of one account, and the most targets of one policy. */
export const MAX_POLICIES = 100;
export const MAX_TARGETS = 100;

/** Friendly names of the voice API are longer than those of the 2010 API, as documented. */
export const VOICE_NAME_LENGTH = 255;

export const PRIORITY = { min: 0, max: 65_535, default: 10 } as const;
export const WEIGHT = { min: 1, max: 65_535, default: 10 } as const;

/** `ConnectionPolicy`: docs/contract/voice.md, "Policy and target fields". */
export const CONNECTION_POLICY = resource('ConnectionPolicy', 'connection_policies', {
  account_sid: sid('AC'),
  sid: sid('NY'),
  friendly_name: z.string().nullable(),
  date_created: iso8601Date,
  date_updated: iso8601Date,
  url,
  links: uriMap,
});

export function presentConnectionPolicy(policy: ConnectionPolicy, origin: string) {
  const address = `${origin}/v1/ConnectionPolicies/${policy.sid}`;
  return {
    account_sid: policy.account_sid,
    sid: policy.sid,
    friendly_name: policy.friendly_name,
    ...datesV1(policy),
    url: address,
    links: { targets: `${address}/Targets` },
  };
}

/** `ConnectionPolicyTarget`: docs/contract/voice.md, "Policy and target fields". */
export const TARGET = resource('ConnectionPolicyTarget', 'targets', {
  account_sid: sid('AC'),
  connection_policy_sid: sid('NY'),
  sid: sid('NE'),
  friendly_name: z.string().nullable(),
  target: url,
  priority: z.int(),
  weight: z.int(),
  enabled: z.boolean(),
  date_created: iso8601Date,
  date_updated: iso8601Date,
  url,
});

export function presentTarget(target: Target, origin: string) {
  const policy = `${origin}/v1/ConnectionPolicies/${target.connection_policy_sid}`;
  return {
    account_sid: target.account_sid,
    connection_policy_sid: target.connection_policy_sid,
    sid: target.sid,
    friendly_name: target.friendly_name,
    target: target.target,
    priority: target.priority,
    weight: target.weight,
    enabled: target.enabled === 1,
    ...datesV1(target),
    url: `${policy}/Targets/${target.sid}`,
  };
}
