import type { Act } from '../audit/act.ts';
import { addToTimeline, deleteTimeline } from '../carrier/timeline-store.ts';
import { handOver } from '../jobs/hand-over.ts';
import { readStep } from '../jobs/step.ts';
import { ApiError, badRequest, NotFound, orNotFound } from '../kit/api-error.ts';
import { withoutUserInfo } from '../kit/user-info.ts';
import type { Method } from '../twiml/call-run.ts';
import { type Call, isLive } from './call.ts';
import { type CallOptions, optionsOf } from './call-options.ts';
import {
  beginRunning,
  CALL_STEPS,
  type CallStep,
  type Running,
  runningOf,
  type Source,
} from './call-step.ts';
import { deleteCallRow, fetchCall, findCallLocked, lockTask, updateCallRow } from './call-store.ts';
import { breakOff, hangUp, hangUpChildren, secondsNow, wakeCall } from './end-call.ts';
import { limitTime } from './limit-time.ts';
import { nudgeLegs } from './live/nudge-legs.ts';
import { demandTwiml, demandUrl } from './new-call.ts';
import { changeOptions } from './report-call.ts';
import { deleteSipPassword } from './sip-password-store.ts';

/** The changes of a call in progress. Absent fields stay as they are. */
export interface CallChanges {
  readonly url?: string;
  readonly method?: Method;
  readonly twiml?: string;
  readonly status?: 'canceled' | 'completed';
  readonly fallback_url?: string | null;
  readonly fallback_method?: Method;
  readonly status_callback?: string | null;
  readonly status_callback_method?: Method;
  readonly time_limit?: number;
}

/**
 * Changes a call in progress, in any step: ends it, or starts another document immediately. The
 * step that a worker is doing now is dropped.
 * @throws ApiError 404; 400/21220 when the call's state does not allow the change; 400/20001 for
 *   both `Url` and `Twiml`; 400 with the codes of a new call for invalid values of them.
 */
export async function changeCall(
  act: Act,
  account_sid: string,
  sid: string,
  changes: CallChanges,
): Promise<Call> {
  const { url, twiml, status } = changes;
  if (url !== undefined && twiml !== undefined) {
    throw badRequest("Give either 'Url' or 'Twiml', not both");
  }
  if (url !== undefined) demandUrl(url);
  if (twiml !== undefined) demandTwiml(twiml);
  const call = await lockCall(act, account_sid, sid);
  if (Object.keys(changes).length === 0) return call;
  demandState(call, changes);
  const changed = await changeSettings(act, call, changes);
  if (status !== undefined) {
    const ended = await hangUp(act, changed);
    act.record({ action: `call.${ended.status}`, account_sid, target_sid: sid });
    return ended;
  }
  const isRedirected = url !== undefined || twiml !== undefined;
  if (isRedirected) return redirect(act, changed, changes);
  act.record({ action: 'call.updated', account_sid, target_sid: sid });
  return changed;
}

async function lockCall(act: Act, account_sid: string, sid: string): Promise<Call> {
  const { app, tx } = act;
  const { engine } = app.database;
  await lockTask(tx, engine, sid);
  const call = await findCallLocked(tx, engine, sid);
  if (call?.account_sid !== account_sid) throw new NotFound();
  return call;
}

function demandState(call: Call, { url, twiml, status }: CallChanges): void {
  const not = (what: string) => new ApiError(400, 21220, `The call is ${call.status}; ${what}`);
  if (!isLive(call)) throw not('only a call that is under way can be changed');
  if (status === 'canceled' && call.status === 'in-progress') {
    throw not('only a queued or ringing one can be canceled, so end it by completed');
  }
  const isRun = call.status === 'in-progress' || call.direction === 'inbound';
  if ((url !== undefined || twiml !== undefined) && !isRun) {
    throw not('only one that is in progress can be redirected');
  }
}

async function changeSettings(act: Act, call: Call, changes: CallChanges): Promise<Call> {
  const { tx, now, actor } = act;
  const { status_callback, status_callback_method } = changes;
  const options: Partial<CallOptions> = {
    ...(changes.fallback_url !== undefined && { fallback_url: changes.fallback_url }),
    ...(changes.fallback_method !== undefined && { fallback_method: changes.fallback_method }),
    ...(changes.time_limit !== undefined && { time_limit: changes.time_limit }),
    ...(status_callback !== undefined && {
      callback_by_grant: status_callback === null ? null : actor.grant_sid,
    }),
  };
  const changed = await changeOptions(act, call, options);
  if (changes.time_limit !== undefined) await limitTime(act, changed, changes.time_limit);
  const isHeard = changed.status_callback_events !== '[]';
  return updateCallRow(tx, changed, {
    date_updated: now,
    ...(status_callback !== undefined && { status_callback }),
    ...(status_callback && !isHeard && { status_callback_events: '["completed"]' }),
    ...(status_callback_method !== undefined && { status_callback_method }),
  });
}

async function redirect(
  act: Act,
  call: Call,
  { url, method = 'POST', twiml = '' }: CallChanges,
): Promise<Call> {
  const { tx, now, actor, app } = act;
  const { sid, account_sid, root_sid } = call;
  const seconds = await secondsNow(act, sid);
  await breakOff(act, call, seconds);
  await hangUpChildren(act, call);
  const task = await lockTask(tx, app.database.engine, sid);
  const step = task && readStep(CALL_STEPS, task.step);
  const { time_limit: max_seconds, inputs } = optionsOf(call);
  const begun =
    (step && runningOf(step)) ??
    beginRunning({ is_answered: call.status === 'in-progress', max_seconds, inputs }, now);
  const running = {
    state: { ...begun.state, base_url: null, seconds },
    documents: 0,
    since: { seconds, at: now },
  };
  const source: Source = url === undefined ? { text: twiml } : { url, method, parameters: {} };
  const next: CallStep =
    step?.name === 'live' ? { ...step, wish: source } : stepOf(source, running);
  const thing = { sid, account_sid, root_sid, kind: 'call' } as const;
  await handOver(act, thing, { step: next, date_next: now });
  nudgeLegs(app);
  const redirected = await updateCallRow(tx, call, { url_by_grant: actor.grant_sid });
  const detail =
    url === undefined
      ? { message: 'Sent to other TwiML' }
      : { message: 'Sent to another URL', url: withoutUserInfo(url) };
  await addToTimeline(tx, call, now, [{ kind: 'note', detail }]);
  act.record({ action: 'call.redirected', account_sid, target_sid: sid });
  return detach(act, redirected);
}

function stepOf(source: Source, running: Running): CallStep {
  return 'text' in source
    ? { name: 'read', ...running, ...source, position: 0 }
    : { name: 'ask', ...running, ...source };
}

/** Lets the leg of a `Dial` leave it for a new document. Its caller then goes on. */
async function detach(act: Act, call: Call): Promise<Call> {
  if (call.parent_call_sid === null) return call;
  const detached = await changeOptions(act, call, { is_detached: true });
  await wakeCall(act, call.parent_call_sid, act.now);
  return detached;
}

/**
 * Deletes a call that has ended, with its timeline. Its recordings and its price stay.
 * @throws ApiError 404; 409/20009 while the call is in progress.
 */
export async function deleteCall(act: Act, account_sid: string, sid: string): Promise<void> {
  const call = orNotFound(await fetchCall(act.tx, account_sid, sid));
  if (isLive(call)) {
    throw new ApiError(409, 20009, `The call is ${call.status}; end it before it is deleted`);
  }
  await removeCall(act, call);
  act.record({ action: 'call.deleted', account_sid, target_sid: sid });
}

/** Deletes a call that has ended, with its timeline and its password for a SIP address. */
export async function removeCall({ tx }: Act, call: Call): Promise<void> {
  await deleteTimeline(tx, call.sid);
  await deleteSipPassword(tx, call.sid);
  await deleteCallRow(tx, call);
}
