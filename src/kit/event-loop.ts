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

/**
 * The least and the most time of one wait for connections. In between it may take as long as the
 * work before it, so that the work keeps half of the time.
 */
const LEAST_SETTLE_MS = 10;
const MOST_SETTLE_MS = 250;

/**
 * New connections. Each turn of the event loop accepts only one (libuv 1.52). A server whose turns
 * are long would therefore leave its clients waiting before it knows of them, and could neither
 * answer nor refuse them.
 */
export class Arrivals {
  #came = 0;
  /** The end of the last wait. */
  #settled = performance.now();
  readonly #turn: () => Promise<void>;

  constructor(turn: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve))) {
    this.#turn = turn;
  }

  /** Notes a connection that was accepted. */
  note(): void {
    this.#came += 1;
  }

  /** Waits for one turn of the event loop, and for more as long as each accepts a connection. */
  async settle(): Promise<void> {
    const began = performance.now();
    const worked = began - this.#settled;
    const latest = began + Math.min(Math.max(worked, LEAST_SETTLE_MS), MOST_SETTLE_MS);
    for (;;) {
      const before = this.#came;
      await this.#turn();
      this.#settled = performance.now();
      if (this.#came === before || this.#settled > latest) return;
    }
  }
}
