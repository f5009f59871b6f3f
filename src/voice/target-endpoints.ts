import type { Db } from '../db/database.ts';
import { demandRoom } from '../db/limit.ts';
import {
  createEndpoint,
  deleteEndpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import { boolean, fields, integer, sipUri } from '../http/parameters/fields.ts';
import { clearableName } from '../http/parameters/name-fields.ts';
import { orNotFound } from '../kit/api-error.ts';
import {
  MAX_TARGETS,
  PRIORITY,
  presentTarget,
  TARGET,
  VOICE_NAME_LENGTH,
  WEIGHT,
} from './connection-policy.ts';
import { fetchPolicy } from './connection-policy-store.ts';
import {
  countTargets,
  deleteTarget,
  fetchTarget,
  insertTarget,
  listTargets,
  type TargetPlace,
  updateTarget,
} from './target-store.ts';

const LIST = '/v1/ConnectionPolicies/:ConnectionPolicySid/Targets';
const INSTANCE = `${LIST}/:Sid` as const;

const options = {
  FriendlyName: clearableName(VOICE_NAME_LENGTH).optional(),
  Priority: integer(PRIORITY.min, PRIORITY.max).optional(),
  Weight: integer(WEIGHT.min, WEIGHT.max).optional(),
  Enabled: boolean.optional(),
};

interface TargetCall {
  readonly account_sid: string;
  readonly path: { readonly ConnectionPolicySid: string; readonly Sid: string };
}

function placeOf({ account_sid, path }: TargetCall): TargetPlace {
  return { account_sid, connection_policy_sid: path.ConnectionPolicySid, sid: path.Sid };
}

async function demandPolicy(db: Db, account_sid: string, sid: string): Promise<void> {
  orNotFound(await fetchPolicy(db, account_sid, sid));
}

export const targetEndpoints = [
  listEndpoint({
    id: 'ListConnectionPolicyTarget',
    summary: 'The targets of a connection policy',
    path: LIST,
    operation: 'resource.read',
    resource: TARGET,
    async handle({ db, account_sid, path }, page) {
      const connection_policy_sid = path.ConnectionPolicySid;
      await demandPolicy(db, account_sid, connection_policy_sid);
      return listTargets(db, { account_sid, connection_policy_sid }, page);
    },
    present: (target, { origin }) => presentTarget(target, origin),
  }),

  createEndpoint({
    id: 'CreateConnectionPolicyTarget',
    summary: 'Adds a target to a connection policy',
    path: LIST,
    operation: 'resource.write',
    input: fields({ Target: sipUri, ...options }),
    resource: TARGET,
    async handle(call) {
      const { app, tx, now, actor, account_sid, root_sid, path, input, record, origin } = call;
      const connection_policy_sid = path.ConnectionPolicySid;
      await demandPolicy(tx, account_sid, connection_policy_sid);
      await demandRoom(tx, app.database.engine, {
        account_sid,
        max: MAX_TARGETS,
        rule: `A connection policy may have ${MAX_TARGETS} targets; delete one first`,
        count: () => countTargets(tx, connection_policy_sid),
      });
      const target = await insertTarget(tx, {
        sid: app.newSid('NE'),
        account_sid,
        root_sid,
        connection_policy_sid,
        friendly_name: input.friendly_name ?? null,
        target: input.target,
        priority: input.priority ?? PRIORITY.default,
        weight: input.weight ?? WEIGHT.default,
        enabled: input.enabled === false ? 0 : 1,
        created_by_grant: actor.grant_sid,
        date_created: now,
        date_updated: now,
      });
      record({
        action: 'connection_policy_target.created',
        account_sid,
        target_sid: target.sid,
        detail: { connection_policy_sid, ...input },
      });
      return presentTarget(target, origin);
    },
  }),

  fetchEndpoint({
    id: 'FetchConnectionPolicyTarget',
    summary: 'One target of a connection policy',
    path: INSTANCE,
    operation: 'resource.read',
    resource: TARGET,
    find: (place) => fetchTarget(place.db, placeOf(place)),
    present: (target, { origin }) => presentTarget(target, origin),
  }),

  updateEndpoint({
    id: 'UpdateConnectionPolicyTarget',
    summary: 'Changes the given parameters of a target',
    path: INSTANCE,
    operation: 'resource.write',
    input: fields({ Target: sipUri.optional(), ...options }),
    resource: TARGET,
    async handle(call) {
      const { tx, now, account_sid, input, record, origin } = call;
      const before = orNotFound(await fetchTarget(tx, placeOf(call)));
      if (Object.keys(input).length === 0) return presentTarget(before, origin);
      const { enabled, ...rest } = input;
      const target = orNotFound(
        await updateTarget(tx, placeOf(call), {
          ...rest,
          ...(enabled !== undefined && { enabled: enabled ? 1 : 0 }),
          date_updated: now,
        }),
      );
      record({
        action: 'connection_policy_target.updated',
        account_sid,
        target_sid: target.sid,
        detail: { ...input },
      });
      return presentTarget(target, origin);
    },
  }),

  deleteEndpoint({
    id: 'DeleteConnectionPolicyTarget',
    summary: 'Removes a target from its connection policy',
    path: INSTANCE,
    operation: 'resource.write',
    resource: TARGET,
    async handle(call) {
      orNotFound(await deleteTarget(call.tx, placeOf(call)));
      const { account_sid, path, record } = call;
      record({ action: 'connection_policy_target.deleted', account_sid, target_sid: path.Sid });
    },
  }),
];
