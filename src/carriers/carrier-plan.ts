import type { TrafficLimits } from '../accounts/account-limits.ts';
import type { CarrierSettings, Traffic } from './carrier-kind.ts';

/** A carrier of the operator's file. */
export interface PlannedCarrier {
  readonly name: string;
  readonly kind: string;
  readonly carries: readonly Traffic[];
  readonly settings: CarrierSettings;
  /** The numbers that are this carrier's. Their messages and calls leave through it. */
  readonly numbers: readonly string[];
}

/** A rule of the operator: which carrier takes traffic. */
export interface Route {
  /** Its place in the file, such as `routes.messages[0]`. */
  readonly place: string;
  /** The beginning of the recipient's address. */
  readonly to: string;
  /** The beginning of the sender's address; null: any sender. */
  readonly from: string | null;
  /** The emergency numbers that it takes, and nothing else; null: it takes none of them. */
  readonly emergency: readonly string[] | null;
  /** An account, with its subaccounts when it is a main account; null: any account. */
  readonly account: string | null;
  /** The grant of a Connect app; null: any. */
  readonly grant: string | null;
  readonly by: string;
}

/** The carriers, and the rules that choose one. */
export interface CarrierPlan {
  /** The operator's file; null: there is none. */
  readonly file: string | null;
  readonly carriers: ReadonlyMap<string, PlannedCarrier>;
  /** The rules, the most specific one first. */
  readonly routes: Readonly<Record<Traffic, readonly Route[]>>;
  readonly default: Readonly<Record<Traffic, Default>>;
  /** The trunks of calls that come in, by the hosts that they call. */
  readonly sip_domains: ReadonlyMap<string, string>;
  /** The carrier of each linked number. */
  readonly links: ReadonlyMap<string, string>;
  /** The limits of accounts without their own. */
  readonly limits: TrafficLimits;
}

/** The carrier for traffic without a route, and the reason; null: such traffic is refused. */
export interface Default {
  readonly carrier: string | null;
  readonly because: string;
}

export const SIMULATED = 'simulated';

/** The carrier that is always there. It takes traffic only where a rule or the mode says so. */
export const THE_SIMULATED: PlannedCarrier = {
  name: SIMULATED,
  kind: SIMULATED,
  carries: ['calls', 'messages'],
  settings: {},
  numbers: [],
};

/** The limits of a file that sets none. */
const NO_LIMITS: TrafficLimits = {
  max_messages_per_second: null,
  max_calls_per_second: null,
  max_calls_at_once: null,
  countries: null,
};

/** The plan of a server without a file. */
export function planWithoutFile(mode: 'development' | 'production'): CarrierPlan {
  return {
    file: null,
    carriers: new Map([[SIMULATED, THE_SIMULATED]]),
    routes: { calls: [], messages: [] },
    default: { calls: defaultOf(mode), messages: defaultOf(mode) },
    sip_domains: new Map(),
    links: new Map(),
    limits: NO_LIMITS,
  };
}

/** The default that the mode brings along. */
export function defaultOf(mode: 'development' | 'production'): Default {
  return mode === 'development'
    ? { carrier: SIMULATED, because: 'development simulates what no route takes' }
    : { carrier: null, because: 'no route fits, and there is no default in production' };
}
