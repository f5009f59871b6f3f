import type { Act } from '../audit/act.ts';
import { LAG_BUCKETS, type Metric } from '../kit/metrics.ts';

const EVENTS: Metric<'outcome'> = {
  kind: 'counter',
  name: 'tieline_usage_events_total',
  help: 'Metered usage events: counted, or repeated. A repeated event was in the ledger already and does not count again.',
  labels: { outcome: ['counted', 'repeated'] },
};
const LAG: Metric = {
  kind: 'histogram',
  name: 'tieline_usage_lag_seconds',
  help: 'Time from a use until it was counted, for the oldest event of each batch.',
  labels: {},
  buckets: LAG_BUCKETS,
};
const FIRED: Metric = {
  kind: 'counter',
  name: 'tieline_usage_triggers_fired_total',
  help: 'Usage triggers that fired.',
  labels: {},
};

export const USAGE_METRICS: readonly Metric[] = [EVENTS, LAG, FIRED];

/** Counts a batch of usage. @param times the time of each counted event */
export function countMetered(
  { count, now }: Pick<Act, 'count' | 'now'>,
  times: readonly number[],
  repeated: number,
): void {
  if (repeated > 0) count(EVENTS, { outcome: 'repeated' }, repeated);
  if (times.length === 0) return;
  count(EVENTS, { outcome: 'counted' }, times.length);
  const oldest = times.reduce((one, other) => Math.min(one, other));
  count(LAG, {}, Math.max(0, now - oldest) / 1_000);
}

export function countFired({ count }: Pick<Act, 'count'>, fires: number): void {
  count(FIRED, {}, fires);
}
