import { fetchAccount } from '../accounts/account-store.ts';
import type { App } from '../app.ts';
import { TRAFFIC, type Traffic } from '../carriers/carrier-kind.ts';
import { choose } from '../carriers/choose.ts';
import { lineUpOf } from '../carriers/line-up.ts';
import type { Db } from '../db/database.ts';
import { findNumber } from './incoming-phone-number-store.ts';

/** The ends of a message or a call that nobody sends. */
export interface Foreseen {
  readonly to: string;
  readonly from: string | null;
  /** The account that sends; null: the one that holds `from`. */
  readonly account_sid: string | null;
  readonly grant_sid: string | null;
}

/** The carrier of some traffic, and the reason. */
export interface ForeseenCarrier {
  readonly traffic: Traffic;
  /** Its name; null: none takes it. */
  readonly target: string | null;
  readonly kind: string | null;
  readonly because: string;
}

/** Finds the carrier that would take a message, and the one that would take a call, now. */
export async function foreseeCarriers(
  app: App,
  db: Db,
  { to, from, account_sid, grant_sid }: Foreseen,
): Promise<ForeseenCarrier[]> {
  const held = from === null ? undefined : await findNumber(db, from);
  const sender = account_sid ?? held?.account_sid ?? null;
  const account = sender === null ? undefined : await fetchAccount(db, sender);
  const { plan } = lineUpOf(app);
  const wanted = {
    to,
    from,
    account_sid: account?.sid ?? null,
    root_sid: account?.owner_account_sid ?? null,
    grant_sid,
    link: held?.carrier ?? null,
  };
  return TRAFFIC.map((traffic) => {
    const { carrier: target, because } = choose(plan, { traffic, ...wanted });
    const kind = target === null ? null : (plan.carriers.get(target)?.kind ?? null);
    return { traffic, target, kind, because };
  });
}
