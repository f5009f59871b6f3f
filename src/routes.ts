import { accountEndpoints } from './accounts/account-endpoints.ts';
import { apiKeyEndpoints } from './accounts/api-key-endpoints.ts';
import { authorizedConnectAppEndpoints } from './authorizations/authorized-connect-app-endpoints.ts';
import { connectAppEndpoints } from './connect-apps/connect-app-endpoints.ts';
import { controlEndpoints } from './control/control-endpoints.ts';
import type { Routes } from './http/server.ts';
import { updateAccountEndpoint } from './lifecycle/update-account-endpoint.ts';
import { byocTrunkEndpoints } from './voice/byoc-trunk-endpoints.ts';
import { connectionPolicyEndpoints } from './voice/connection-policy-endpoints.ts';
import { targetEndpoints } from './voice/target-endpoints.ts';

/** The whole API on one page. */
export const ROUTES: Routes = {
  endpoints: [
    ...accountEndpoints,
    updateAccountEndpoint,
    ...apiKeyEndpoints,
    ...connectAppEndpoints,
    ...authorizedConnectAppEndpoints,
    ...connectionPolicyEndpoints,
    ...targetEndpoints,
    ...byocTrunkEndpoints,
  ],
  control: controlEndpoints,
};
