import { fetchEndpoint, listEndpoint } from '../http/endpoint.ts';
import { orNotFound } from '../kit/api-error.ts';
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
  async handle({ db, account_sid, path }) {
    const grant = orNotFound(await fetchGrantWithApp(db, account_sid, path.ConnectAppSid));
    return presentAuthorizedConnectApp(grant);
  },
});

export const authorizedConnectAppEndpoints = [listAuthorizedConnectApps, fetchAuthorizedConnectApp];
