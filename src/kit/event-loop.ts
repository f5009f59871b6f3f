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

const BEAT_MS = 50;

/** Measures how late the event loop is now. A request that is read now has waited about as long. */
export class LoopWatch {
  readonly #now: () => number;
  #due: number;
  #late = 0;
  readonly #onBeat: (late: number) => void;

  constructor(onBeat: (late: number) => void, now: () => number = () => performance.now()) {
    this.#onBeat = onBeat;
    this.#now = now;
    this.#due = now() + BEAT_MS;
  }

  /** Beats until the process ends or the returned object is disposed of. */
  start(): Disposable {
    const timer = setInterval(() => this.beat(), BEAT_MS).unref();
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  beat(): void {
    const now = this.#now();
    this.#late = Math.max(0, now - this.#due);
    this.#due = now + BEAT_MS;
    this.#onBeat(this.#late);
  }

  /** In milliseconds: the last measurement, or the time since the beat that is due. */
  get late(): number {
    return Math.max(this.#late, this.#now() - this.#due);
  }
}

/** The most turns of the event loop that one wait for connections takes, and the longest such wait. */
const MAX_TURNS = 256;
const MAX_SETTLE_MS = 50;

/**
 * New connections. Each turn of the event loop accepts only one. A server whose turns are long would
 * therefore leave its clients waiting before it knows of them, and could not refuse them either.
 */
export class Arrivals {
  #came = 0;
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
    const latest = performance.now() + MAX_SETTLE_MS;
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const before = this.#came;
      await this.#turn();
      if (this.#came === before || performance.now() > latest) return;
    }
  }
}
