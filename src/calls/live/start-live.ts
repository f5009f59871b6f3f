import { choose } from '../../carriers/choose.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import type { VoiceCarrier } from '../../carriers/voice-carrier.ts';
import { findNumber } from '../../numbers/incoming-phone-number-store.ts';
import { fetchTrunk } from '../../voice/byoc-trunk-store.ts';
import { listEnabledTargets } from '../../voice/target-store.ts';
import type { Call } from '../call.ts';
import { isTrunked } from '../call-address.ts';
import { optionsOf } from '../call-options.ts';
import { beginRunning, type LiveStep } from '../call-step.ts';
import { fetchCall } from '../call-store.ts';
import {
  type CallAct,
  type CallTask,
  type NextCallStep,
  recordStep,
  WATCH_MS,
} from '../call-task.ts';
import { endCall } from '../end-call.ts';
import { reportInitiated } from '../report-call.ts';
import { openSipPassword } from '../sip-password.ts';
import { fetchSipPassword } from '../sip-password-store.ts';
import { fetchLeg, insertLeg } from './leg-store.ts';
import type { LegWay } from './live-call.ts';
import { legsOf } from './own-legs.ts';

/**
 * Dials a call over the wire that its carrier has. One deed writes the leg and its owner before
 * anything leaves, so a call whose owner dies is found.
 * @returns whether the call has a wire; false: it is simulated
 */
export async function startLive(doing: CallTask): Promise<boolean> {
  const { app, task } = doing;
  if (lineUpOf(app).voices.size === 0) return false;
  const call = await fetchCall(app.database.db, task.account_sid, task.sid);
  const carrier = call && (await voiceOf(doing, call));
  if (!carrier) return false;
  const way = await wayOf(doing, call);
  const legs = legsOf(app);
  await legs.giveSign();
  const { time_limit: max_seconds } = optionsOf(call);
  const now = app.now();
  const running = beginRunning({ is_answered: false, max_seconds, inputs: [] }, now);
  const step: LiveStep = { name: 'live', ...running, answered_at: null, wish: null };
  const isRecorded = await recordStep(doing, async (act, calling) => {
    const { sid: call_sid, account_sid, root_sid } = calling;
    await insertLeg(act.tx, {
      call_sid,
      account_sid,
      root_sid,
      carrier: carrier.name,
      owner: app.processId,
      answered_at: null,
      dialog: null,
      date_created: app.realNow(),
    });
    await reportInitiated(act, calling);
    return { step, date_next: act.now + WATCH_MS };
  });
  if (isRecorded) legs.dial(carrier, { call, max_seconds, way });
  return true;
}

/** The targets of a call's trunk, and the credentials for the far side. */
async function wayOf({ app }: CallTask, call: Call): Promise<LegWay> {
  const { db } = app.database;
  const { account_sid, sid: call_sid, to } = call;
  const options = optionsOf(call);
  const { byoc, sip_auth_username: username } = options;
  const trunk = isTrunked(to, options) ? await fetchTrunk(db, account_sid, byoc ?? '') : null;
  const policy = trunk?.connection_policy_sid ?? null;
  const found = policy === null ? [] : await listEnabledTargets(db, account_sid, policy);
  const targets = trunk === null ? null : found;
  const sealed = username && (await fetchSipPassword(db, { account_sid, call_sid }));
  if (!username || !sealed) return { targets, credentials: null };
  const password = openSipPassword(app.keyRing, sealed);
  return { targets, credentials: { username, password } };
}

/** The carrier that dials a call; null: the call has no wire. */
async function voiceOf({ app }: CallTask, call: Call): Promise<VoiceCarrier | null> {
  const { plan, voices } = lineUpOf(app);
  const number = await findNumber(app.database.db, call.from);
  const { carrier } = choose(plan, {
    traffic: 'calls',
    to: call.to,
    from: call.from,
    account_sid: call.account_sid,
    root_sid: call.root_sid,
    grant_sid: call.created_by_grant,
    link: number?.carrier ?? null,
    is_trunked: isTrunked(call.to, optionsOf(call)),
  });
  return (carrier !== null && voices.get(carrier)) || null;
}

/**
 * Checks a call on a wire after a long time. A call without a leg ends: a backup has calls, and not
 * the legs of the server that it was made from.
 */
export async function watchLive(act: CallAct, call: Call, step: LiveStep): Promise<NextCallStep> {
  if (await fetchLeg(act.tx, call.sid)) return { step, date_next: act.now + WATCH_MS };
  const status = step.answered_at === null ? 'failed' : 'completed';
  const message = 'No server has this call on its line, so it has ended.';
  const entries = [{ kind: 'note', detail: { message } }] as const;
  await endCall(act, call, { status, seconds: 0, entries });
  return null;
}
