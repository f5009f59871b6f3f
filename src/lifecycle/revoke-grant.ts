import { deleteApiKeysOfGrant } from '../accounts/api-key-store.ts';
import type { Act } from '../audit/act.ts';
import type { Grant } from '../authorizations/grant.ts';
import { markGrantRevoked } from '../authorizations/grant-store.ts';
import { type StoppedCalls, stopCallsOfGrant } from '../calls/stop-calls.ts';
import { findConnectApp } from '../connect-apps/connect-app-store.ts';
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

/** Why a grant ended. */
export type RevokeCause = 'revoked' | 'account closed' | 'app deleted';

/** What a revoke did. */
export interface Revocation {
  /** The deauthorize callback; null: the app has no URL for it. */
  readonly delivery_sid: string | null;
}

/** How much of what the app had made was still active, for the audit log. */
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
 * Ends a grant, all in one transaction (docs/contract/connect.md, "Revoking"). From the commit on,
 * the app's credentials for its subaccount are refused, and so is every write of it that was queued behind
 * this one; what it made has stopped; and the app is told, if it has a deauthorize URL. The
 * subaccount and what is in it stay with the customer. Authorising again brings nothing back.
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
 * Stops what acts by itself among the rows that the app made. Targets are switched off. Trunks
 * lose their URLs and their policy: a trunk that the app made calls nobody and routes nowhere
 * until the customer sets it up. Phone numbers stay, without the URLs that the app gave them. Usage
 * triggers lose their URL alike, and before the deliveries are cancelled, so that one which another
 * process is just firing is among them. A policy has
 * nothing of its own to stop; its targets do. Messages that wait for their time are canceled.
 * Calls that the app made or runs end, and it hears nothing more of recordings and transcriptions.
 * The cookies that its URLs have set are forgotten.
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
 * The deauthorize callback: exactly the two SIDs that the app knows, signed with its owner's
 * token. It belongs to no grant, so that no later revoke cancels it.
 */
async function tellApp(act: Act, grant: Grant): Promise<string | null> {
  const app = await findConnectApp(act.tx, grant.connect_app_sid);
  if (!app?.deauthorize_callback_url) return null;
  return enqueueWebhook(act, {
    account_sid: grant.subaccount_sid,
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
