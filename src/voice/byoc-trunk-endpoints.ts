import { grantsAfter } from '../authorizations/url-grants.ts';
import type { Tx } from '../db/database.ts';
import { demandRoom } from '../db/limit.ts';
import {
  createEndpoint,
  deleteEndpoint,
  fetchEndpoint,
  listEndpoint,
  updateEndpoint,
} from '../http/endpoint.ts';
import {
  boolean,
  callbackUrl,
  fields,
  httpMethod,
  sidReference,
} from '../http/parameters/fields.ts';
import { clearableName } from '../http/parameters/name-fields.ts';
import { badParameter, orNotFound } from '../kit/api-error.ts';
import { BYOC_TRUNK, MAX_TRUNKS, presentByocTrunk, TRUNK_URLS } from './byoc-trunk.ts';
import {
  countTrunks,
  deleteTrunk,
  fetchTrunk,
  insertTrunk,
  listTrunks,
  updateTrunk,
} from './byoc-trunk-store.ts';
import { VOICE_NAME_LENGTH } from './connection-policy.ts';
import { fetchPolicy } from './connection-policy-store.ts';

const LIST = '/v1/ByocTrunks';
const INSTANCE = `${LIST}/:Sid` as const;

const input = fields({
  FriendlyName: clearableName(VOICE_NAME_LENGTH).optional(),
  VoiceUrl: callbackUrl.optional(),
  VoiceMethod: httpMethod.optional(),
  VoiceFallbackUrl: callbackUrl.optional(),
  VoiceFallbackMethod: httpMethod.optional(),
  StatusCallbackUrl: callbackUrl.optional(),
  StatusCallbackMethod: httpMethod.optional(),
  CnamLookupEnabled: boolean.optional(),
  ConnectionPolicySid: sidReference('NY').optional(),
  FromDomainSid: sidReference('SD').optional(),
});

/** A trunk may use only a connection policy of its own account. */
async function demandPolicy(
  tx: Tx,
  account_sid: string,
  policy_sid: string | null | undefined,
): Promise<void> {
  if (policy_sid != null && !(await fetchPolicy(tx, account_sid, policy_sid))) {
    throw badParameter('ConnectionPolicySid', 'is not a connection policy of this account');
  }
}

export const byocTrunkEndpoints = [
  listEndpoint({
    id: 'ListByocTrunk',
    summary: "The caller's BYOC trunks",
    path: LIST,
    operation: 'resource.read',
    resource: BYOC_TRUNK,
    handle: ({ db, account_sid }, page) => listTrunks(db, account_sid, page),
    present: presentByocTrunk,
  }),

  createEndpoint({
    id: 'CreateByocTrunk',
    summary: 'Makes a BYOC trunk',
    path: LIST,
    operation: 'resource.write',
    input,
    resource: BYOC_TRUNK,
    async handle(call) {
      const { app, tx, now, actor, account_sid, root_sid, input: given, record } = call;
      await demandRoom(tx, app.database.engine, {
        account_sid,
        max: MAX_TRUNKS,
        rule: `An account may have ${MAX_TRUNKS} BYOC trunks; delete one first`,
        count: () => countTrunks(tx, account_sid),
      });
      await demandPolicy(tx, account_sid, given.connection_policy_sid);
      const { cnam_lookup_enabled, ...rest } = given;
      const trunk = await insertTrunk(tx, {
        friendly_name: null,
        voice_url: null,
        voice_method: 'POST',
        voice_fallback_url: null,
        voice_fallback_method: 'POST',
        status_callback_url: null,
        status_callback_method: 'POST',
        connection_policy_sid: null,
        from_domain_sid: null,
        ...rest,
        ...grantsAfter(TRUNK_URLS, { url_grants: '{}' }, rest, actor.grant_sid),
        cnam_lookup_enabled: cnam_lookup_enabled ? 1 : 0,
        sid: app.newSid('BY'),
        account_sid,
        root_sid,
        created_by_grant: actor.grant_sid,
        date_created: now,
        date_updated: now,
      });
      record({
        action: 'byoc_trunk.created',
        account_sid,
        target_sid: trunk.sid,
        detail: { ...given },
      });
      return presentByocTrunk(trunk, call);
    },
  }),

  fetchEndpoint({
    id: 'FetchByocTrunk',
    summary: 'One BYOC trunk',
    path: INSTANCE,
    operation: 'resource.read',
    resource: BYOC_TRUNK,
    find: ({ db, account_sid, path }) => fetchTrunk(db, account_sid, path.Sid),
    present: presentByocTrunk,
  }),

  updateEndpoint({
    id: 'UpdateByocTrunk',
    summary: 'Changes the given parameters of a BYOC trunk',
    path: INSTANCE,
    operation: 'resource.write',
    input,
    resource: BYOC_TRUNK,
    async handle(call) {
      const { tx, now, actor, account_sid, path, input: given, record } = call;
      const before = orNotFound(await fetchTrunk(tx, account_sid, path.Sid));
      if (Object.keys(given).length === 0) return presentByocTrunk(before, call);
      await demandPolicy(tx, account_sid, given.connection_policy_sid);
      const { cnam_lookup_enabled, ...rest } = given;
      const trunk = orNotFound(
        await updateTrunk(tx, account_sid, path.Sid, {
          ...rest,
          ...grantsAfter(TRUNK_URLS, before, rest, actor.grant_sid),
          ...(cnam_lookup_enabled !== undefined && {
            cnam_lookup_enabled: cnam_lookup_enabled ? 1 : 0,
          }),
          date_updated: now,
        }),
      );
      record({
        action: 'byoc_trunk.updated',
        account_sid,
        target_sid: trunk.sid,
        detail: { ...given },
      });
      return presentByocTrunk(trunk, call);
    },
  }),

  deleteEndpoint({
    id: 'DeleteByocTrunk',
    summary: 'Deletes a BYOC trunk, and keeps its connection policy',
    path: INSTANCE,
    operation: 'resource.write',
    resource: BYOC_TRUNK,
    async handle({ tx, account_sid, path, record }) {
      orNotFound(await deleteTrunk(tx, account_sid, path.Sid));
      record({ action: 'byoc_trunk.deleted', account_sid, target_sid: path.Sid });
    },
  }),
];
