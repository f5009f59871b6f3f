import type { App } from '../../app.ts';
import type { Act } from '../../audit/act.ts';
import { choose } from '../../carriers/choose.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import type { VoiceCarrier } from '../../carriers/voice-carrier.ts';
import type { Db } from '../../db/database.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { findNumber } from '../../numbers/incoming-phone-number-store.ts';
import { fetchTrunk } from '../../voice/byoc-trunk-store.ts';
import { listEnabledTargets } from '../../voice/target-store.ts';
import type { Call } from '../call.ts';
import { isTrunked } from '../call-address.ts';
import { optionsOf } from '../call-options.ts';
import { beginRunning, type LiveStep } from '../call-step.ts';
import { type NextCallStep, WATCH_MS } from '../call-task.ts';
import { endCall } from '../end-call.ts';
import { reportInitiated } from '../report-call.ts';
import { openSipPassword } from '../sip-password.ts';
import { fetchSipPassword } from '../sip-password-store.ts';
import { insertLeg } from './leg-store.ts';
import type { LegWay } from './on-line.ts';
import { payAhead } from './pay-ahead.ts';

/** The wire of a call, and the way over it. */
export interface Wire {
  readonly carrier: VoiceCarrier;
  readonly way: LegWay;
}

/** The wire that a call leaves by; null: the call has none. */
export async function findWire(app: App, db: Db, call: Call): Promise<Wire | null> {
  const { plan, voices } = lineUpOf(app);
  if (voices.size === 0) return null;
  const number = await findNumber(db, call.from);
  const { carrier: name } = choose(plan, {
    traffic: 'calls',
    to: call.to,
    from: call.from,
    account_sid: call.account_sid,
    root_sid: call.root_sid,
    grant_sid: call.created_by_grant,
    link: number?.carrier ?? null,
    is_trunked: isTrunked(call.to, optionsOf(call)),
  });
  const carrier = name === null ? undefined : voices.get(name);
  return carrier ? { carrier, way: await wayOf(app, db, call) } : null;
}

/** The targets of a call's trunk, and the credentials for the far side. */
async function wayOf(app: App, db: Db, call: Call): Promise<LegWay> {
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

/** A call whose leg is written. */
export interface Begun {
  readonly next: NonNullable<NextCallStep>;
  /** The seconds that are paid ahead; null: nothing limits the call's costs. */
  readonly paid_seconds: number | null;
}

const NO_MONEY = 'The balance or the limit of the app does not allow one more minute of calls.';

/**
 * Writes the leg of a call and its owner, this process, before anything leaves. So a call whose owner
 * dies is found.
 * @returns null when the account cannot pay for it, which ended it
 */
export async function beginLive(
  act: Act,
  call: Call,
  { carrier }: Pick<Wire, 'carrier'>,
): Promise<Begun | null> {
  const begun = await writeLeg(act, call, { carrier: carrier.name, dialog: null });
  if (begun) await reportInitiated(act, call);
  return begun;
}

/** The name of a leg's carrier, and what another process needs to end it as far as it is known. */
interface NewLeg {
  readonly carrier: string;
  readonly dialog: string | null;
}

/** Writes the leg of a call. @returns null when the account cannot pay for it, which ended it */
export async function writeLeg(
  act: Act,
  call: Call,
  { carrier, dialog }: NewLeg,
): Promise<Begun | null> {
  const { app, tx, now } = act;
  const { sid: call_sid, account_sid, root_sid } = call;
  const paid = await payAhead(act, call, 0);
  if (paid?.paid_seconds === 0) {
    const entries = [{ kind: 'note', detail: { message: NO_MONEY } }] as const;
    await endCall(act, call, { status: 'failed', seconds: 0, entries });
    return null;
  }
  await insertLeg(tx, {
    call_sid,
    account_sid,
    root_sid,
    carrier,
    owner: app.processId,
    answered_at: null,
    dialog,
    date_created: app.realNow(),
    paid_seconds: paid?.paid_seconds ?? null,
    reserved_micro: paid?.reserved_micro ?? null,
  });
  const { time_limit: max_seconds } = optionsOf(call);
  const paid_seconds = paid?.paid_seconds ?? null;
  return { next: atRest({ answered_at: null, max_seconds }, now), paid_seconds };
}

/** The step of a call whose owner has nothing new to do. */
export interface AtRest {
  readonly step: LiveStep;
  readonly date_next: EpochMs;
}

/** @param now the product's time */
export function atRest(
  { answered_at, max_seconds }: Pick<LiveStep, 'answered_at'> & { readonly max_seconds: number },
  now: EpochMs,
): AtRest {
  const is_answered = answered_at !== null;
  const running = beginRunning({ is_answered, max_seconds, inputs: [] }, now);
  return { step: { name: 'live', ...running, answered_at, wish: null }, date_next: now + WATCH_MS };
}
