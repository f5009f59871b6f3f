import type { Traffic } from './carrier-kind.ts';
import type { CarrierPlan, Route } from './carrier-plan.ts';
import { emergencyIn } from './emergency.ts';

/** The kind of carrier that takes calls of BYOC trunks. */
const TRUNK_KIND = 'sip';

/** The traffic that needs a carrier. */
export interface Wanted {
  readonly traffic: Traffic;
  /** A number in E.164, or another address. */
  readonly to: string;
  readonly from: string | null;
  readonly account_sid: string | null;
  readonly root_sid: string | null;
  /** The grant of the app that sends; null: the account itself. */
  readonly grant_sid: string | null;
  /** The carrier that the stock of numbers names for the sender; null: none. */
  readonly link?: string | null;
  /** Whether a call leaves by a BYOC trunk. */
  readonly is_trunked?: boolean;
}

/** A carrier, or the lack of one, and the reason in words. */
export interface Choice {
  readonly carrier: string | null;
  readonly because: string;
}

/**
 * Chooses the carrier of a message or a call: that of the sending number by the operator's file, or by
 * the stock of numbers; else that of the most specific route; else, for a call of a trunk, the first one
 * of the kind `sip`; else the default. The number of an emergency service takes only a route that is
 * made for it.
 */
export function choose(plan: CarrierPlan, wanted: Wanted): Choice {
  const { traffic, from } = wanted;
  const urgent = emergencyIn(wanted.to);
  if (urgent !== null) return urgentChoice(plan, { ...wanted, to: urgent });
  const link = from === null ? undefined : plan.links.get(from);
  if (link !== undefined && plan.carriers.get(link)?.carries.includes(traffic)) {
    return { carrier: link, because: `the number ${from} is linked to it` };
  }
  const stocked = link === undefined ? stockedAt(plan, wanted) : null;
  if (stocked) return stocked;
  const route = plan.routes[traffic].find((one) => fits(one, wanted));
  if (route) return { carrier: route.by, because: `${route.place} (${wordsOf(route)})` };
  return (wanted.is_trunked && trunkCarrier(plan)) || plan.default[traffic];
}

function urgentChoice(plan: CarrierPlan, wanted: Wanted): Choice {
  const routes = plan.routes[wanted.traffic].filter(({ emergency }) => emergency !== null);
  const route = routes.find((one) => fits(one, wanted));
  if (route) return { carrier: route.by, because: `${route.place} (${wordsOf(route)})` };
  const because = `${wanted.to} is an emergency number, and no route with emergency takes it from this sender`;
  return { carrier: null, because };
}

/** The carrier that takes the calls of trunks, unless a route names another one. */
export function trunkCarrier({ carriers }: Pick<CarrierPlan, 'carriers'>): Choice | null {
  const carrier = [...carriers.values()].find(({ kind }) => kind === TRUNK_KIND);
  if (!carrier) return null;
  const because = `the call leaves by a trunk, and no route names another carrier`;
  return { carrier: carrier.name, because };
}

/** The carrier that a number came from; null: the routes decide. */
function stockedAt(plan: CarrierPlan, { traffic, from, link = null }: Wanted): Choice | null {
  if (link === null) return null;
  const carrier = plan.carriers.get(link);
  // Another carrier would not know the number as its own.
  if (!carrier) {
    return { carrier: null, because: `the number ${from} is of ${link}, which the file has not` };
  }
  if (!carrier.carries.includes(traffic)) return null;
  return { carrier: link, because: `the stock has the number ${from} from it` };
}

function fits({ to, from, emergency, account, grant }: Route, wanted: Wanted): boolean {
  return (
    (emergency === null || emergency.includes(wanted.to)) &&
    wanted.to.startsWith(to) &&
    (from === null || (wanted.from?.startsWith(from) ?? false)) &&
    (account === null || account === wanted.account_sid || account === wanted.root_sid) &&
    (grant === null || grant === wanted.grant_sid)
  );
}

/** Orders routes: those of a grant, those of an account, then the longest prefixes. */
export function bySpecificity(a: Route, b: Route): number {
  return (
    Number(b.grant !== null) - Number(a.grant !== null) ||
    Number(b.account !== null) - Number(a.account !== null) ||
    b.to.length - a.to.length ||
    (b.from?.length ?? 0) - (a.from?.length ?? 0)
  );
}

function wordsOf({ to, from, emergency, account, grant }: Route): string {
  const parts = { emergency: emergency?.join(' and ') ?? null, to, from, account, grant };
  return Object.entries(parts)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
