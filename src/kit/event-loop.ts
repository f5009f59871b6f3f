import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Metric, Metrics } from './metrics.ts';

/** Percentiles by their names. */
const PERCENTILES = { median: 50, p99: 99, most: 100 } as const;

const DELAY: Metric<'of'> = {
  kind: 'gauge',
  name: 'tieline_event_loop_delay_seconds',
  help: 'Delay of the event loop in about the last ten seconds: the median, the 99th percentile and the most.',
  labels: { of: Object.keys(PERCENTILES) },
};
const UTILIZATION: Metric = {
  kind: 'gauge',
  name: 'tieline_event_loop_utilization_ratio',
  help: 'Share of the time in which the event loop was busy, in about the last ten seconds.',
  labels: {},
};

export const EVENT_LOOP_METRICS: readonly Metric[] = [DELAY, UTILIZATION];

const RESOLUTION_MS = 10;
/** The time window of a reading, so that two readers in turn each see about as much. */
const WINDOW_MS = 10_000;

/** Measures the delay of the event loop, from the first reading on. */
export function measureEventLoop(metrics: Metrics): void {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | null = null;
  let began = 0;
  let before: EventLoopUtilization | undefined;
  metrics.whenRead('event loop', () => {
    if (!histogram) {
      histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      histogram.enable();
      began = performance.now();
      before = performance.eventLoopUtilization();
      return;
    }
    if (histogram.count > 0) {
      for (const [of, percentile] of Object.entries(PERCENTILES)) {
        const late_ms = histogram.percentile(percentile) / 1e6 - RESOLUTION_MS;
        metrics.set(DELAY, { of }, Math.max(0, late_ms) / 1_000);
      }
    }
    metrics.set(UTILIZATION, {}, performance.eventLoopUtilization(before).utilization);
    if (performance.now() - began < WINDOW_MS) return;
    histogram.reset();
    began = performance.now();
    before = performance.eventLoopUtilization();
  });
}
