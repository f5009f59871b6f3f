import { z } from 'zod';
import { authorizeApp } from '../authorizations/authorize-app.ts';
import { fetchGrant } from '../authorizations/grant-store.ts';
import { redirectAuthorized, redirectDenied } from '../authorizations/redirect-to-app.ts';
import {
  COMPANY_NAME_LENGTH,
  CONNECT_APP,
  type ConnectApp,
  DESCRIPTION_LENGTH,
  presentConnectApp,
} from '../connect-apps/connect-app.ts';
import { findConnectApp } from '../connect-apps/connect-app-store.ts';
import { createConnectApp } from '../connect-apps/create-connect-app.ts';
import type { Db } from '../db/database.ts';
import { permissions, sid, url } from '../http/answers/resource.ts';
import { controlEndpoint, controlWaitingEndpoint } from '../http/control-endpoint.ts';
import { clearFaults } from '../http/faults.ts';
import { callbackUrl, FRIENDLY_NAME_LENGTH, pageUrl, text } from '../http/parameters/fields.ts';
import { nameText } from '../http/parameters/name-fields.ts';
import { readPermissions } from '../kit/permission.ts';
import { deleteConnectApp } from '../lifecycle/delete-connect-app.ts';
import { revokeGrant } from '../lifecycle/revoke-grant.ts';
import { accountControlEndpoints } from './account-endpoints.ts';
import { auditEndpoints } from './audit-endpoints.ts';
import { balanceEndpoints } from './balance-endpoints.ts';
import { callControlEndpoints } from './call-endpoints.ts';
import { clockEndpoints } from './clock-endpoints.ts';
import {
  demandAccount,
  missing,
  nothing,
  sidText,
  stateText,
  withoutUndefined,
} from './control-fields.ts';
import { deliveryEndpoints } from './delivery-endpoints.ts';
import { faultEndpoints } from './fault-endpoints.ts';
import { resetWorld } from './first-world.ts';
import { limitEndpoints } from './limit-endpoints.ts';
import { messageControlEndpoints } from './message-endpoints.ts';
import { messagingServiceEndpoints } from './messaging-service-endpoints.ts';
import { numberControlEndpoints } from './number-endpoints.ts';
import { routeEndpoints } from './route-endpoints.ts';
import { snapshotEndpoints } from './snapshot-endpoints.ts';
import { stockEndpoints } from './stock-endpoints.ts';
import { targetControlEndpoints } from './target-endpoints.ts';
import { usageControlEndpoints } from './usage-endpoints.ts';

async function demandConnectApp(db: Db, connect_app_sid: string): Promise<ConnectApp> {
  const app = await findConnectApp(db, connect_app_sid);
  if (!app) throw missing('Connect app', connect_app_sid);
  return app;
}

const consent = {
  connect_app_sid: sidText('CN'),
  account_sid: sidText('AC'),
  state: stateText.optional(),
};

const redirect_url = url.nullable();

export const controlEndpoints = [
  ...accountControlEndpoints,

  controlEndpoint({
    id: 'ControlCreateConnectApp',
    summary: 'Makes a Connect app of an upgraded main account',
    method: 'POST',
    path: '/_tieline/connect_apps',
    status: 201,
    input: z.strictObject({
      account_sid: sidText('AC'),
      friendly_name: nameText(FRIENDLY_NAME_LENGTH),
      company_name: nameText(COMPANY_NAME_LENGTH),
      permissions: permissions.default([]),
      description: text(DESCRIPTION_LENGTH).optional(),
      homepage_url: pageUrl.optional(),
      terms_of_service_url: pageUrl.optional(),
      authorize_redirect_url: pageUrl.optional(),
      deauthorize_callback_url: callbackUrl.optional(),
      deauthorize_callback_method: z
        .enum(['GET', 'POST'], { error: 'must be GET or POST' })
        .optional(),
      signed_redirect: z.boolean({ error: 'must be true or false' }).default(false),
    }),
    output: CONNECT_APP.schema,
    async handle(call) {
      const { account_sid, signed_redirect, ...texts } = call.input;
      const owner = await demandAccount(call.tx, account_sid);
      const wanted = {
        ...withoutUndefined(texts),
        signed_redirect: signed_redirect ? 1 : 0,
      } as const;
      return presentConnectApp(await createConnectApp(call, owner, wanted));
    },
  }),

  controlEndpoint({
    id: 'ControlDeleteConnectApp',
    summary: 'Deletes a Connect app and revokes its grants',
    method: 'DELETE',
    path: '/_tieline/connect_apps/:Sid',
    status: 204,
    input: nothing,
    output: null,
    account_of: async ({ db, path }) => (await findConnectApp(db, path.Sid))?.account_sid,
    async handle(call) {
      await deleteConnectApp(call, await demandConnectApp(call.tx, call.path.Sid));
    },
  }),

  controlEndpoint({
    id: 'ControlAuthorize',
    summary: 'The consent in one call: the customer account_sid authorises the app',
    method: 'POST',
    path: '/_tieline/authorize',
    status: 200,
    input: z.strictObject(consent),
    output: z.object({
      account_sid: sid('AC').describe('The subaccount in which the app acts'),
      redirect_url,
      permissions,
    }),
    async handle(call) {
      const { connect_app_sid, account_sid, state } = call.input;
      const app = await demandConnectApp(call.tx, connect_app_sid);
      const grant = await authorizeApp(call, app, await demandAccount(call.tx, account_sid));
      const { subaccount_sid } = grant;
      return {
        account_sid: subaccount_sid,
        redirect_url: await redirectAuthorized(call, app, { subaccount_sid, state: state ?? null }),
        permissions: readPermissions(grant.permissions),
      };
    },
  }),

  controlEndpoint({
    id: 'ControlDeny',
    summary: 'The refusal in one call: nothing is granted',
    method: 'POST',
    path: '/_tieline/deny',
    status: 200,
    input: z.strictObject(consent),
    output: z.object({ redirect_url }),
    async handle({ tx, input }) {
      const app = await demandConnectApp(tx, input.connect_app_sid);
      await demandAccount(tx, input.account_sid);
      return { redirect_url: redirectDenied(app) };
    },
  }),

  controlEndpoint({
    id: 'ControlDeauthorize',
    summary: 'The revoke: the customer account_sid ends its grant to the app',
    method: 'POST',
    path: '/_tieline/deauthorize',
    status: 200,
    input: z.strictObject({ connect_app_sid: sidText('CN'), account_sid: sidText('AC') }),
    output: z.object({ account_sid: sid('AC'), delivery_id: z.string().nullable() }),
    async handle(call) {
      const { tx, input } = call;
      const grant = await fetchGrant(tx, input.connect_app_sid, input.account_sid);
      const revocation = grant && (await revokeGrant(call, grant, 'revoked'));
      if (!revocation) {
        throw missing('grant', `of ${input.account_sid} to ${input.connect_app_sid}`);
      }
      return { account_sid: grant.subaccount_sid, delivery_id: revocation.delivery_sid };
    },
  }),

  ...deliveryEndpoints,
  ...usageControlEndpoints,
  ...routeEndpoints,
  ...targetControlEndpoints,
  ...messageControlEndpoints,
  ...callControlEndpoints,
  ...messagingServiceEndpoints,
  ...numberControlEndpoints,
  ...stockEndpoints,
  ...limitEndpoints,
  ...balanceEndpoints,
  ...auditEndpoints,
  ...clockEndpoints,
  ...snapshotEndpoints,
  ...faultEndpoints,

  controlWaitingEndpoint({
    id: 'ControlReset',
    summary:
      'Empties the database, puts the clock back, removes all faults, and makes the world of ' +
      'a first start again; snapshots stay',
    method: 'POST',
    path: '/_tieline/reset',
    status: 204,
    development_only: true,
    input: nothing,
    output: null,
    async handle({ app, origin }) {
      await resetWorld(app, origin);
      clearFaults(app);
    },
  }),
];
