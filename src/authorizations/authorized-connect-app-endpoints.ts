import { fetchEndpoint, listEndpoint } from '../http/endpoint.ts';
import { AUTHORIZED_CONNECT_APP, presentAuthorizedConnectApp } from './grant.ts';
import { fetchGrantWithApp, listGrants } from './grant-store.ts';

const LIST = '/2010-04-01/Accounts/:AccountSid/AuthorizedConnectApps';

const listAuthorizedConnectApps = listEndpoint({
  id: 'ListAuthorizedConnectApp',
  summary: 'The Connect apps that the account has authorised',
  path: LIST,
  operation: 'authorized-connect-app.read',
  resource: AUTHORIZED_CONNECT_APP,
  handle: ({ db, account_sid }, page) => listGrants(db, account_sid, page),
  present: presentAuthorizedConnectApp,
});

const fetchAuthorizedConnectApp = fetchEndpoint({
  id: 'FetchAuthorizedConnectApp',
  summary: 'One Connect app that the account has authorised, by the SID of the app',
  path: `${LIST}/:ConnectAppSid` as const,
  operation: 'authorized-connect-app.read',
  resource: AUTHORIZED_CONNECT_APP,
  find: ({ db, account_sid, path }) => fetchGrantWithApp(db, account_sid, path.ConnectAppSid),
  present: presentAuthorizedConnectApp,
});

export const authorizedConnectAppEndpoints = [listAuthorizedConnectApps, fetchAuthorizedConnectApp];
