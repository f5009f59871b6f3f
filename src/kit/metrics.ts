import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  prometheusContentType,
  Registry,
} from 'prom-client';
import { byDeadline } from './by-deadline.ts';

/**
 * A metric as data. If all values of its labels are listed, all of its series exist from the start
 * with the value 0, so that the first event is a rise from 0. A label without listed values gets
 * its series as they occur. No label ever holds a SID or an address.
 */
export interface Metric<Label extends string = string> {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: `tieline_${string}`;
  readonly help: string;
  readonly labels: Readonly<Record<Label, readonly string[]>>;
  /** The upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

export type Labels<Label extends string = string> = Readonly<Record<Label, string>>;

/** Times from a millisecond to ten seconds, for durations that a client waits for. */
export const WAIT_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** Times from a tenth of a second to three days, for deliveries. */
export const LAG_BUCKETS: readonly number[] = [
  0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600, 21_600, 86_400, 259_200,
];

/** The time that a reading waits for a measuring function. Beyond it, the earlier value stays. */
const MEASURE_MS = 1_000;

type Kept = Counter | Gauge | Histogram;
interface Series {
  readonly add: (value: number) => void;
}

/**
 * The metrics of one server, for Prometheus. Features describe their metrics as data and count into
 * them. The values are only in memory.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #kept = new Map<string, Kept>();
  /** The series by their labels: finding one costs more than counting in it. */
  readonly #series = new Map<string, Series>();
  readonly #measures = new Map<string, () => void | Promise<void>>();
  #isCollecting = false;

  readonly contentType = prometheusContentType;

  /** Shows metrics from now on, even if nothing was counted. */
  declare(metrics: readonly Metric[]): void {
    for (const metric of metrics) this.#keep(metric);
  }

  /** Adds to a counter, or to the distribution of a histogram. */
  add<Label extends string>(metric: Metric<Label>, labels: Labels<Label>, value = 1): void {
    this.#seriesOf(metric, labels).add(value);
  }

  /** Sets a gauge. */
  set<Label extends string>(metric: Metric<Label>, labels: Labels<Label>, value: number): void {
    (this.#keep(metric) as Gauge).set(labels, value);
  }

  /**
   * Calls `measure`, which sets gauges, at each reading of the metrics; null ends it. Its cost must
   * not grow with the data. If it throws, its gauges keep their values.
   */
  whenRead(name: string, measure: (() => void | Promise<void>) | null): void {
    if (measure) this.#measures.set(name, measure);
    else this.#measures.delete(name);
  }

  /** Everything in the text format of Prometheus. */
  async text(): Promise<string> {
    // The metrics of the process itself start with the first reading.
    if (!this.#isCollecting) collectDefaultMetrics({ register: this.#registry });
    this.#isCollecting = true;
    await Promise.all([...this.#measures.values()].map(inTime));
    return this.#registry.metrics();
  }

  #keep(metric: Metric): Kept {
    const { kind, name, help, labels, buckets } = metric;
    const before = this.#kept.get(name);
    if (before) return before;
    const common = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
    const made: Kept =
      kind === 'counter'
        ? new Counter(common)
        : kind === 'gauge'
          ? new Gauge(common)
          : new Histogram({ ...common, buckets: [...(buckets ?? WAIT_BUCKETS)] });
    for (const values of combinations(labels)) {
      if (made instanceof Histogram) made.zero(values);
      else if (made instanceof Counter) made.inc(values, 0);
      else made.set(values, 0);
    }
    this.#kept.set(name, made);
    return made;
  }

  #seriesOf(metric: Metric, labels: Labels): Series {
    const key = `${metric.name} ${Object.values(labels).join(' ')}`;
    let series = this.#series.get(key);
    if (!series) {
      const kept = this.#keep(metric);
      if (kept instanceof Histogram) {
        const one = kept.labels(labels);
        series = { add: (value) => one.observe(value) };
      } else {
        const one = (kept as Counter).labels(labels);
        series = { add: (value) => one.inc(value) };
      }
      this.#series.set(key, series);
    }
    return series;
  }
}

/** Every combination of label values; none if a label has no listed values. */
function combinations(labels: Metric['labels']): Record<string, string>[] {
  let all: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    all = all.flatMap((one) => values.map((value) => ({ ...one, [label]: value })));
  }
  return all;
}

/** A database that does not answer must not hide the other metrics. `/readyz` reports it. */
async function inTime(measure: () => void | Promise<void>): Promise<void> {
  const measured = (async () => await measure())();
  await byDeadline(measured, MEASURE_MS, () => {}).catch(() => {});
}
