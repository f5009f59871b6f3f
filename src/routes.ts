import { absentListEndpoints } from './absent/absent-list-endpoints.ts';
import { ABSENCES } from './absent/absent-lists.ts';
import { accountEndpoints } from './accounts/account-endpoints.ts';
import { apiKeyEndpoints } from './accounts/api-key-endpoints.ts';
import { authorizedConnectAppEndpoints } from './authorizations/authorized-connect-app-endpoints.ts';
import { callEndpoints } from './calls/call-endpoints.ts';
import { callRecordingEndpoints } from './calls/call-recording-endpoints.ts';
import { demandCarrierToken, hearCarrier } from './carriers/carrier-guard.ts';
import { CARRIER_METRICS } from './carriers/carrier-health.ts';
import { carrierEndpoints } from './carriers/http/event-endpoints.ts';
import { connectAppEndpoints } from './connect-apps/connect-app-endpoints.ts';
import { consentPages } from './consent/consent-pages.ts';
import { auditPages } from './console/account/audit-pages.ts';
import { balancePages } from './console/account/balance-pages.ts';
import { keyPages } from './console/account/key-pages.ts';
import { peoplePages } from './console/account/people-pages.ts';
import { securityPages } from './console/account/security-pages.ts';
import { settingsPages } from './console/account/settings-pages.ts';
import { tokenPages } from './console/account/token-pages.ts';
import { wayInPages } from './console/account/way-in-pages.ts';
import { connectAppCustomerPages } from './console/apps/connect-app-customer-pages.ts';
import { connectAppPages } from './console/apps/connect-app-pages.ts';
import { logoPages } from './console/apps/logo-pages.ts';
import { authorizedAppPages } from './console/customer-apps/authorized-app-pages.ts';
import { findPages } from './console/find/find-pages.ts';
import { NOTEBOOK_ASSETS } from './console/notebook/notebook-assets.ts';
import { notebookPages } from './console/notebook/notebook-pages.ts';
import { overviewPages } from './console/overview/overview-pages.ts';
import { platformAccountPages } from './console/platform/platform-account-pages.ts';
import { platformCarrierPages } from './console/platform/platform-carrier-pages.ts';
import { platformNumberPages } from './console/platform/platform-number-pages.ts';
import { platformPages } from './console/platform/platform-pages.ts';
import { platformPeoplePages } from './console/platform/platform-people-pages.ts';
import { platformPersonPages } from './console/platform/platform-person-pages.ts';
import { statementPages } from './console/statements/statement-pages.ts';
import { callPages } from './console/traffic/call-pages.ts';
import { messagePages } from './console/traffic/message-pages.ts';
import { numberPages } from './console/traffic/number-pages.ts';
import { policyPages } from './console/traffic/policy-pages.ts';
import { usageTriggerPages } from './console/triggers/usage-trigger-pages.ts';
import { usagePages } from './console/usage/usage-pages.ts';
import { webhookPages } from './console/webhooks/webhook-pages.ts';
import { clockPages } from './control/clock-pages.ts';
import { controlEndpoints } from './control/control-endpoints.ts';
import { readFirstWorld, revealAccount } from './control/first-world.ts';
import { DATABASE_METRICS } from './db/database-metrics.ts';
import { mountDemo } from './demo/mount-demo.ts';
import { serveDescriptions } from './describe/serve-descriptions.ts';
import { OVERLOAD_METRICS } from './http/guards/overload.ts';
import { HTTP_METRICS } from './http/metrics.ts';
import type { Routes } from './http/served-routes.ts';
import { TASK_METRICS } from './jobs/task-metrics.ts';
import { EVENT_LOOP_METRICS } from './kit/event-loop.ts';
import { BUILD_METRICS } from './kit/product-version.ts';
import { updateAccountEndpoint } from './lifecycle/update-account-endpoint.ts';
import { mediaEndpoints } from './messages/media-endpoints.ts';
import { messageEndpoints } from './messages/message-endpoints.ts';
import { WIRE_METRICS } from './messages/wire/wire-metrics.ts';
import { availablePhoneNumberEndpoints } from './numbers/available-phone-number-endpoints.ts';
import { incomingPhoneNumberEndpoints } from './numbers/incoming-phone-number-endpoints.ts';
import { SHELL_ASSETS } from './pages/assets.ts';
import { DOCUMENTATION } from './pages/documentation.ts';
import { renderError, renderView } from './pages/shell.ts';
import { linkPages } from './people/pages/link-pages.ts';
import { PASSKEY_ASSETS } from './people/pages/passkey-assets.ts';
import { profilePages } from './people/pages/profile-pages.ts';
import { secondFactorPages } from './people/pages/second-factor-pages.ts';
import { signInPages } from './people/pages/sign-in-pages.ts';
import { SIGN_IN_METRICS } from './people/sign-in/sign-in-metrics.ts';
import { recordingEndpoints } from './recordings/recording-endpoints.ts';
import { transcriptionEndpoints } from './recordings/transcription-endpoints.ts';
import { USAGE_METRICS } from './usage/usage-metrics.ts';
import { usageRecordEndpoints } from './usage/usage-record-endpoints.ts';
import { usageTriggerEndpoints } from './usage/usage-trigger-endpoints.ts';
import { byocTrunkEndpoints } from './voice/byoc-trunk-endpoints.ts';
import { connectionPolicyEndpoints } from './voice/connection-policy-endpoints.ts';
import { targetEndpoints } from './voice/target-endpoints.ts';
import { WEBHOOK_METRICS } from './webhooks/webhook-metrics.ts';

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
    ...usageRecordEndpoints,
    ...usageTriggerEndpoints,
    ...availablePhoneNumberEndpoints,
    ...incomingPhoneNumberEndpoints,
    ...messageEndpoints,
    ...mediaEndpoints,
    ...callEndpoints,
    ...callRecordingEndpoints,
    ...recordingEndpoints,
    ...transcriptionEndpoints,
    ...absentListEndpoints,
  ],
  absences: ABSENCES,
  serveDescriptions,
  control: controlEndpoints,
  carriers: { endpoints: carrierEndpoints, admit: demandCarrierToken, hear: hearCarrier },
  pages: {
    list: [
      ...signInPages,
      ...linkPages,
      ...profilePages,
      ...secondFactorPages,
      ...consentPages,
      ...wayInPages,
      ...findPages,
      ...connectAppPages,
      ...connectAppCustomerPages,
      ...logoPages,
      ...overviewPages,
      ...settingsPages,
      ...authorizedAppPages,
      ...numberPages,
      ...policyPages,
      ...messagePages,
      ...webhookPages,
      ...callPages,
      ...usagePages,
      ...statementPages,
      ...usageTriggerPages,
      ...balancePages,
      ...notebookPages,
      ...tokenPages,
      ...keyPages,
      ...peoplePages,
      ...auditPages,
      ...platformPages,
      ...securityPages,
      ...platformCarrierPages,
      ...platformNumberPages,
      ...platformAccountPages,
      ...platformPeoplePages,
      ...platformPersonPages,
      ...clockPages,
    ],
    render: renderView,
    renderError,
  },
  assets: [...SHELL_ASSETS, ...PASSKEY_ASSETS, ...NOTEBOOK_ASSETS],
  folders: [DOCUMENTATION],
  mounts: [mountDemo({ readWorld: readFirstWorld, revealAccount })],
  metrics: [
    ...BUILD_METRICS,
    ...EVENT_LOOP_METRICS,
    ...HTTP_METRICS,
    ...OVERLOAD_METRICS,
    ...DATABASE_METRICS,
    ...WEBHOOK_METRICS,
    ...TASK_METRICS,
    ...CARRIER_METRICS,
    ...WIRE_METRICS,
    ...USAGE_METRICS,
    ...SIGN_IN_METRICS,
  ],
};
