import { deleteApiKeysOfGrant } from '../accounts/api-key-store.ts';
import type { Act } from '../audit/act.ts';
import type { Grant } from '../authorizations/grant.ts';
import { markGrantRevoked } from '../authorizations/grant-store.ts';
import { type StoppedCalls, stopCallsOfGrant } from '../calls/stop-calls.ts';
import { findConnectApp } from '../connect-apps/connect-app-store.ts';
import { takeBack } from '../jobs/hand-over.ts';
import { stopMessagesOfGrant } from '../messages/stop-messages.ts';
import { stopUrlsOfGrant } from '../numbers/incoming-phone-number-store.ts';
import { muteRecordingsOfGrant } from '../recordings/recording-store.ts';
import { muteTranscriptionsOfGrant } from '../recordings/transcribe.ts';
import { deleteCookiesOfGrant } from '../twiml/cookie-store.ts';
import { stopTriggersOfGrant } from '../usage/usage-trigger-store.ts';
import { unplugTrunksOfGrant } from '../voice/byoc-trunk-store.ts';
import { disableTargetsOfGrant } from '../voice/target-store.ts';
import { cancelDeliveriesOfGrant } from '../webhooks/delivery-store.ts';
import { enqueueWebhook } from '../webhooks/enqueue-webhook.ts';
import { countEnded } from '../webhooks/webhook-metrics.ts';

/** The cause of a grant's end. */
export type RevokeCause = 'revoked' | 'account closed' | 'app deleted' | 'expired';

/** The result of a revoke. */
export interface Revocation {
  /** The deauthorize callback; null: the app has no URL for it. */
  readonly delivery_sid: string | null;
}

/** The number of stopped resources of each kind, for the audit log. */
interface Stopped {
  readonly targets: number;
  readonly trunks: number;
  readonly triggers: number;
  readonly numbers: number;
  readonly messages: number;
  readonly calls: StoppedCalls;
  readonly recordings: number;
  readonly transcriptions: number;
  readonly api_keys: number;
  readonly deliveries: number;
  readonly cookies: number;
}

/**
 * Ends a grant in one transaction (docs/contract/connect.md, "Revoking"). After the commit, the
 * app's credentials for its subaccount are refused, and so are its writes that waited for this one.
 * The resources that the app made have stopped. An app with a deauthorize URL is told. The customer
 * keeps the subaccount and its content. A new authorisation starts none of it again.
 *
 * @returns null when the grant had ended already.
 */
export async function revokeGrant(
  act: Act,
  grant: Grant,
  cause: RevokeCause,
): Promise<Revocation | null> {
  const { tx, now, record } = act;
  if (!(await markGrantRevoked(tx, grant.sid, now))) return null;
  if (grant.date_ends !== null) await takeBack(act, grant.sid);
  const stopped = await stopWhatAppMade(act, grant);
  const delivery_sid = await tellApp(act, grant);
  record({
    action: 'grant.revoked',
    account_sid: grant.account_sid,
    target_sid: grant.sid,
    detail: {
      cause,
      connect_app_sid: grant.connect_app_sid,
      subaccount_sid: grant.subaccount_sid,
      stopped,
      delivery_sid,
    },
  });
  return { delivery_sid };
}

/**
 * Stops everything of the app that acts by itself:
 * - Its targets are disabled. That stops its policies too.
 * - Its trunks lose their URLs and their policy, until the customer sets them up.
 * - Phone numbers stay, without the URLs that the app set.
 * - Usage triggers lose the app's URL. This comes before the deliveries are cancelled, so that the
 *   callback of a trigger that another process is firing now is cancelled too.
 * - Scheduled messages are canceled.
 * - Calls that the app made or controls end.
 * - The app gets no more callbacks about recordings and transcriptions.
 * - The cookies that its URLs have set are deleted.
 */
async function stopWhatAppMade(act: Act, grant: Grant): Promise<Stopped> {
  const { tx, now } = act;
  const { sid, subaccount_sid } = grant;
  return {
    targets: await disableTargetsOfGrant(tx, subaccount_sid, sid, now),
    trunks: await unplugTrunksOfGrant(tx, subaccount_sid, sid, now),
    triggers: await stopTriggersOfGrant(tx, subaccount_sid, sid, now),
    numbers: await stopUrlsOfGrant(tx, subaccount_sid, sid, now),
    messages: await stopMessagesOfGrant(act, subaccount_sid, sid),
    recordings: await muteRecordingsOfGrant(tx, subaccount_sid, sid),
    transcriptions: await muteTranscriptionsOfGrant(act, subaccount_sid, sid),
    calls: await stopCallsOfGrant(act, subaccount_sid, sid),
    api_keys: await deleteApiKeysOfGrant(tx, subaccount_sid, sid),
    deliveries: await cancelDeliveries(act, sid),
    cookies: await deleteCookiesOfGrant(tx, subaccount_sid, sid),
  };
}

async function cancelDeliveries(act: Act, grant_sid: string): Promise<number> {
  const kinds = await cancelDeliveriesOfGrant(act.tx, grant_sid, {
    reason: 'The grant of the app that caused it was revoked.',
    date_updated: act.now,
  });
  countEnded(act, kinds, 'cancelled');
  return kinds.length;
}

/**
 * Enqueues the deauthorize callback. It holds the two SIDs that the app knows, and the token of the
 * app's owner signs it. It belongs to no grant, so that no later revoke cancels it.
 */
async function tellApp(act: Act, grant: Grant): Promise<string | null> {
  const app = await findConnectApp(act.tx, grant.connect_app_sid);
  if (!app?.deauthorize_callback_url) return null;
  return enqueueWebhook(act, {
    account_sid: grant.subaccount_sid,
    root_sid: grant.root_sid,
    signing_account_sid: app.account_sid,
    connect_app_sid: app.sid,
    kind: 'deauthorize',
    url: app.deauthorize_callback_url,
    method: app.deauthorize_callback_method ?? 'POST',
    body_kind: 'form',
    payload: { AccountSid: grant.subaccount_sid, ConnectAppSid: app.sid },
    retry: 'long',
    created_by_grant: null,
  });
}
