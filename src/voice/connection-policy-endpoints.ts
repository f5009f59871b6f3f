import { demandRoom } from '../db/limit.ts';
import {
  createEndpoint,
  deleteEndpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import { fields } from '../http/parameters/fields.ts';
import { clearableName } from '../http/parameters/name-fields.ts';
import { orNotFound } from '../kit/api-error.ts';
import {
  CONNECTION_POLICY,
  MAX_POLICIES,
  presentConnectionPolicy,
  VOICE_NAME_LENGTH,
} from './connection-policy.ts';
import {
  countPolicies,
  fetchPolicy,
  insertPolicy,
  listPolicies,
  updatePolicy,
} from './connection-policy-store.ts';
import { deleteConnectionPolicy } from './delete-connection-policy.ts';

const LIST = '/v1/ConnectionPolicies';
const INSTANCE = `${LIST}/:Sid` as const;

const input = fields({ FriendlyName: clearableName(VOICE_NAME_LENGTH).optional() });

export const connectionPolicyEndpoints = [
  listEndpoint({
    id: 'ListConnectionPolicy',
    summary: "The caller's connection policies",
    path: LIST,
    operation: 'resource.read',
    resource: CONNECTION_POLICY,
    handle: ({ db, account_sid }, page) => listPolicies(db, account_sid, page),
    present: (policy, { origin }) => presentConnectionPolicy(policy, origin),
  }),

  createEndpoint({
    id: 'CreateConnectionPolicy',
    summary: 'Makes a connection policy, without targets',
    path: LIST,
    operation: 'resource.write',
    input,
    resource: CONNECTION_POLICY,
    async handle(call) {
      const { app, tx, now, actor, account_sid, root_sid, input: given, record, origin } = call;
      await demandRoom(tx, app.database.engine, {
        account_sid,
        max: MAX_POLICIES,
        rule: `An account may have ${MAX_POLICIES} connection policies; delete one first`,
        count: () => countPolicies(tx, account_sid),
      });
      const policy = await insertPolicy(tx, {
        sid: app.newSid('NY'),
        account_sid,
        root_sid,
        friendly_name: given.friendly_name ?? null,
        created_by_grant: actor.grant_sid,
        date_created: now,
        date_updated: now,
      });
      const { friendly_name, sid } = policy;
      record({
        action: 'connection_policy.created',
        account_sid,
        target_sid: sid,
        detail: { friendly_name },
      });
      return presentConnectionPolicy(policy, origin);
    },
  }),

  fetchEndpoint({
    id: 'FetchConnectionPolicy',
    summary: 'One connection policy',
    path: INSTANCE,
    operation: 'resource.read',
    resource: CONNECTION_POLICY,
    find: ({ db, account_sid, path }) => fetchPolicy(db, account_sid, path.Sid),
    present: (policy, { origin }) => presentConnectionPolicy(policy, origin),
  }),

  updateEndpoint({
    id: 'UpdateConnectionPolicy',
    summary: 'Renames a connection policy',
    path: INSTANCE,
    operation: 'resource.write',
    input,
    resource: CONNECTION_POLICY,
    async handle({ tx, now, account_sid, path, input: given, record, origin }) {
      const before = orNotFound(await fetchPolicy(tx, account_sid, path.Sid));
      if (Object.keys(given).length === 0) return presentConnectionPolicy(before, origin);
      const changes = { ...given, date_updated: now };
      const policy = orNotFound(await updatePolicy(tx, account_sid, path.Sid, changes));
      record({
        action: 'connection_policy.updated',
        account_sid,
        target_sid: policy.sid,
        detail: { ...given },
      });
      return presentConnectionPolicy(policy, origin);
    },
  }),

  deleteEndpoint({
    id: 'DeleteConnectionPolicy',
    summary: 'Deletes a connection policy and its targets, if no trunk uses it',
    path: INSTANCE,
    operation: 'resource.write',
    resource: CONNECTION_POLICY,
    async handle(call) {
      const policy = orNotFound(await fetchPolicy(call.tx, call.account_sid, call.path.Sid));
      await deleteConnectionPolicy(call, policy);
    },
  }),
];
