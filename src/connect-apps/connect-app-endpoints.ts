import { fetchEndpoint, listEndpoint, updateEndpoint } from '../http/endpoint.ts';
import {
  callbackUrl,
  clearableText,
  FRIENDLY_NAME_LENGTH,
  fields,
  httpMethod,
  pageUrl,
  setOf,
} from '../http/parameters/fields.ts';
import { nameText } from '../http/parameters/name-fields.ts';
import { PERMISSIONS } from '../kit/permission.ts';
import { changeConnectApp } from './change-connect-app.ts';
import {
  COMPANY_NAME_LENGTH,
  CONNECT_APP,
  DESCRIPTION_LENGTH,
  presentConnectApp,
} from './connect-app.ts';
import { fetchConnectApp, listConnectApps } from './connect-app-store.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/ConnectApps';
const INSTANCE = `${LIST}/:Sid` as const;

const listConnectAppsEndpoint = listEndpoint({
  id: 'ListConnectApp',
  summary: 'The Connect apps that the account created',
  path: LIST,
  operation: 'connect-app.read',
  resource: CONNECT_APP,
  handle: ({ db, account_sid }, page) => listConnectApps(db, account_sid, page),
  present: presentConnectApp,
});

const fetchConnectAppEndpoint = fetchEndpoint({
  id: 'FetchConnectApp',
  summary: 'One Connect app of the account',
  path: INSTANCE,
  operation: 'connect-app.read',
  resource: CONNECT_APP,
  find: ({ db, account_sid, path }) => fetchConnectApp(db, account_sid, path.Sid),
  present: presentConnectApp,
});

const updateConnectAppEndpoint = updateEndpoint({
  id: 'UpdateConnectApp',
  summary: 'Changes the given parameters of a Connect app',
  path: INSTANCE,
  operation: 'connect-app.write',
  input: fields({
    AuthorizeRedirectUrl: pageUrl.optional(),
    CompanyName: nameText(COMPANY_NAME_LENGTH).optional(),
    DeauthorizeCallbackMethod: httpMethod.optional(),
    DeauthorizeCallbackUrl: callbackUrl.optional(),
    Description: clearableText(DESCRIPTION_LENGTH).optional(),
    FriendlyName: nameText(FRIENDLY_NAME_LENGTH).optional(),
    HomepageUrl: pageUrl.optional(),
    Permissions: setOf(PERMISSIONS).optional(),
  }),
  resource: CONNECT_APP,
  async handle(call) {
    const { account_sid, path, input } = call;
    return presentConnectApp(await changeConnectApp(call, account_sid, path.Sid, input));
  },
});

export const connectAppEndpoints = [
  listConnectAppsEndpoint,
  fetchConnectAppEndpoint,
  updateConnectAppEndpoint,
];
