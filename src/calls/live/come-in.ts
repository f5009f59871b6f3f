import { laneOf } from '../../access/main-accounts.ts';
import type { ActingAccount } from '../../accounts/account.ts';
import { fetchActingAccount } from '../../accounts/account-store.ts';
import type { App } from '../../app.ts';
import { type Act, act } from '../../audit/act.ts';
import { grantOf } from '../../authorizations/url-grants.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import type { ComingLeg, InboundCalls, InvitedCall } from '../../carriers/voice-carrier.ts';
import type { Db } from '../../db/database.ts';
import { systemFor } from '../../jobs/do-task.ts';
import { handOver } from '../../jobs/hand-over.ts';
import { ApiError } from '../../kit/api-error.ts';
import type { IncomingPhoneNumber } from '../../numbers/incoming-phone-number.ts';
import { findNumber } from '../../numbers/incoming-phone-number-store.ts';
import type { ByocTrunk } from '../../voice/byoc-trunk.ts';
import { findTrunk } from '../../voice/byoc-trunk-store.ts';
import { listEnabledTargets } from '../../voice/target-store.ts';
import type { Call } from '../call.ts';
import { demandRoomForCall } from '../limit-calls.ts';
import { type Called, calledNumber, insertIncoming, PLAIN_INCOMING } from '../receive-call.ts';
import { type Begun, writeLeg } from './begin-live.ts';
import { legsOf } from './own-legs.ts';

/** The refusals of calls that come in: docs/contract/voice.md, "Calls that come in". */
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const UNAVAILABLE = 480;
const TOO_MANY = 503;

/** The product's side of calls that come in. */
export function callsInto(app: App): InboundCalls {
  return { call: (invited) => comeIn(app, invited) };
}

async function comeIn(app: App, invited: InvitedCall): Promise<number | null> {
  try {
    const called = await findCalled(app, invited);
    if (typeof called === 'number') return called;
    const leg = await invited.open();
    return typeof leg === 'number' ? leg : await take(app, { invited, called, leg });
  } catch (err) {
    if (err instanceof ApiError) return err.status === 429 ? TOO_MANY : UNAVAILABLE;
    const { carrier } = invited;
    app.log.error({ err, carrier }, 'a call that came in could not be recorded');
    return TOO_MANY;
  }
}

/** The called number. Nobody whose calls are not taken from there learns whether it is one. */
async function findCalled(app: App, invited: InvitedCall): Promise<Called | number> {
  const { db } = app.database;
  const { host, is_own_host, to } = invited;
  const trunk_sid = lineUpOf(app).plan.sip_domains.get(host);
  const trunk = trunk_sid === undefined ? undefined : await findTrunk(db, trunk_sid);
  if (!(await invited.mayCome(await targetsOf(db, trunk)))) return FORBIDDEN;
  if (trunk_sid === undefined ? !is_own_host : !trunk) return NOT_FOUND;
  const number = to === null ? undefined : await findNumber(db, to);
  if (!number || (trunk && trunk.account_sid !== number.account_sid)) return NOT_FOUND;
  return calledBy(number, trunk);
}

async function targetsOf(db: Db, trunk: ByocTrunk | undefined): Promise<string[]> {
  if (!trunk?.connection_policy_sid) return [];
  const { account_sid, connection_policy_sid } = trunk;
  const targets = await listEnabledTargets(db, account_sid, connection_policy_sid);
  return targets.map(({ target }) => target);
}

/** The URLs of the trunk come before those of the number, if it has one for calls. */
function calledBy(number: IncomingPhoneNumber, trunk: ByocTrunk | undefined): Called {
  const called = calledNumber(number);
  if (!trunk || trunk.voice_url === null) return called;
  const hasOwn = trunk.status_callback_url !== null;
  return {
    ...called,
    voice_url: trunk.voice_url,
    voice_method: trunk.voice_method,
    voice_fallback_url: trunk.voice_fallback_url,
    voice_fallback_method: trunk.voice_fallback_method,
    voice_url_by_grant: grantOf(trunk, 'voice_url'),
    ...(hasOwn && {
      status_callback: trunk.status_callback_url,
      status_callback_method: trunk.status_callback_method,
      status_callback_by_grant: grantOf(trunk, 'status_callback_url'),
    }),
  };
}

interface Arriving {
  readonly invited: InvitedCall;
  readonly called: Called;
  readonly leg: ComingLeg;
}

/** Writes the call with its leg, and lets it ring. */
async function take(app: App, arriving: Arriving): Promise<number | null> {
  const { invited, called, leg } = arriving;
  const legs = legsOf(app);
  await legs.giveSign();
  const lane = await laneOf(app, called.account_sid);
  const taken = await act(app, systemFor(null), (doing) => write(doing, arriving), { lane });
  if (typeof taken === 'number') return taken;
  const { call, begun } = taken;
  const { parameters } = invited;
  const { voice_url: url, voice_method: method } = called;
  const source = url === null ? null : { url, method, parameters };
  legs.take(leg, { call, paid_seconds: begun.paid_seconds, source });
  return null;
}

interface Taken {
  readonly call: Call;
  readonly begun: Begun;
}

async function write(doing: Act, { invited, called, leg }: Arriving): Promise<Taken | number> {
  const account: ActingAccount | undefined = await fetchActingAccount(doing.tx, called.account_sid);
  if (account?.status !== 'active') return NOT_FOUND;
  await demandRoomForCall(doing, account);
  const { carrier, from, caller_name } = invited;
  const call = await insertIncoming(doing, called, { ...PLAIN_INCOMING, from, caller_name });
  const begun = await writeLeg(doing, call, { carrier, dialog: leg.dialog });
  if (!begun) return UNAVAILABLE;
  await handOver(doing, { ...call, kind: 'call' }, begun.next, { is_new: true });
  return { call, begun };
}
