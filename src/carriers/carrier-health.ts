import type { App } from '../app.ts';
import type { Metric } from '../kit/metrics.ts';
import { TRAFFIC, type Traffic } from './carrier-kind.ts';
import { trunkCarrier } from './choose.ts';
import { lineUpOf } from './line-up.ts';
import type { Health } from './message-carrier.ts';
import type { CarrierTargets, TargetState } from './voice-carrier.ts';

const STATES = ['up', 'throttled', 'down', 'unknown'] as const satisfies Health['state'][];

const STATE: Metric<'carrier' | 'state'> = {
  kind: 'gauge',
  name: 'tieline_carrier_state',
  help: 'The state of each carrier in this process: 1 for the one that it is in, 0 for the others.',
  labels: { carrier: [], state: STATES },
};

const TARGET_STATES = ['up', 'down', 'unknown'] as const satisfies TargetState['state'][];

const TARGETS: Metric<'carrier' | 'state'> = {
  kind: 'gauge',
  name: 'tieline_call_targets',
  help: 'The targets of BYOC trunks that a carrier of this process asks, by their state.',
  labels: { carrier: [], state: TARGET_STATES },
};

export const CARRIER_METRICS: readonly Metric[] = [STATE, TARGETS];

/** A carrier of the operator's file, with its state in this process. */
export interface CarrierState {
  readonly name: string;
  readonly kind: string;
  readonly carries: readonly Traffic[];
  /** The number of routes that lead to it. */
  readonly routes: number;
  /** The traffic of which it is the default. */
  readonly default_of: readonly Traffic[];
  readonly health: Health;
}

/** The state of a carrier without a wire. */
const ALWAYS_UP: Health = { state: 'up', detail: 'nothing leaves this machine', since: null };

export function listCarrierStates(app: App): CarrierState[] {
  const { plan, wires, voices } = lineUpOf(app);
  return [...plan.carriers.values()].map(({ name, kind, carries }) => ({
    name,
    kind,
    carries,
    routes: TRAFFIC.flatMap((traffic) => plan.routes[traffic]).filter(({ by }) => by === name)
      .length,
    default_of: TRAFFIC.filter((traffic) => plan.default[traffic].carrier === name),
    health: (wires.get(name) ?? voices.get(name))?.health() ?? ALWAYS_UP,
  }));
}

/** The targets of trunks, as this process sees them; null: no carrier of this server calls targets. */
export function targetsOf(app: App): CarrierTargets | null {
  const { plan, voices } = lineUpOf(app);
  const name = trunkCarrier(plan)?.carrier ?? null;
  return (name !== null && voices.get(name)?.targets) || null;
}

/** Adds the states of the carriers to the metrics. One that is gone is in no state. */
export function measureCarriers(app: App): void {
  const seen = new Set<string>();
  app.metrics.whenRead('carriers', () => {
    const states = new Map(listCarrierStates(app).map(({ name, health }) => [name, health.state]));
    for (const name of states.keys()) seen.add(name);
    for (const carrier of seen) {
      for (const state of STATES) {
        app.metrics.set(STATE, { carrier, state }, states.get(carrier) === state ? 1 : 0);
      }
    }
    for (const [carrier, { targets }] of lineUpOf(app).voices) {
      const seen = targets?.watched.map((address) => targets.stateOf(address).state) ?? [];
      for (const state of TARGET_STATES) {
        const count = seen.filter((one) => one === state).length;
        app.metrics.set(TARGETS, { carrier, state }, count);
      }
    }
  });
}
