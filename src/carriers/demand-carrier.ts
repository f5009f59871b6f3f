import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { ApiError } from '../kit/api-error.ts';
import { SIMULATED } from './carrier-plan.ts';
import { type Choice, choose, type Wanted } from './choose.ts';
import { refuseEmergency } from './emergency.ts';
import { lineUpOf } from './line-up.ts';

/** Twilio's codes for an address that cannot be reached. */
const CODES = { messages: 21612, calls: 21215 } as const;

type Doing = Pick<Act, 'app' | 'actor'>;
type Ends = Pick<Wanted, 'traffic' | 'to' | 'from' | 'link' | 'is_trunked'>;

/**
 * Demands that some carrier takes a message or a call.
 * @throws ApiError 400 with 21612 or 21215, and it says who can mend it; for the number of an
 *   emergency service 400 with 21211 or 21202
 */
export function demandCarrier(doing: Doing, account: ActingAccount, ends: Ends): void {
  if (chosenFor(doing, account, ends).carrier !== null) return;
  const { traffic, to } = ends;
  refuseEmergency(traffic, to);
  const why = `No carrier of this platform takes ${traffic} to ${to}; its operator can name one`;
  throw new ApiError(400, CODES[traffic], why, { headers: { 'Tieline-Reason': REASON } });
}

/** A dictionary of RFC 9651. */
const REASON = 'route=?0, says="the operator adds a route to the file of tieline serve --carriers"';

/** Whether the simulated carrier would take a message or a call, or none. */
export function isSimulated(doing: Doing, account: ActingAccount, ends: Ends): boolean {
  const { carrier } = chosenFor(doing, account, ends);
  return carrier === null || lineUpOf(doing.app).plan.carriers.get(carrier)?.kind === SIMULATED;
}

function chosenFor(
  { app, actor }: Doing,
  { sid: account_sid, owner_account_sid: root_sid }: ActingAccount,
  ends: Ends,
): Choice {
  const { grant_sid } = actor;
  return choose(lineUpOf(app).plan, { ...ends, account_sid, root_sid, grant_sid });
}
