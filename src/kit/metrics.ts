import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  prometheusContentType,
  Registry,
} from 'prom-client';

/**
 * A metric as data. With every value that each of its labels can have, all of its series are there
 * from the start, at 0, so that the first event is a rise from 0 and no series that appears. A label
 * without values has its series as they come. No label ever holds a SID or an address.
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

/** Times from a millisecond to ten seconds, for what somebody waits for. */
export const WAIT_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** Times from a tenth of a second to three days, for what is told later. */
export const LAG_BUCKETS: readonly number[] = [
  0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600, 21_600, 86_400, 259_200,
];

/** How long a reading waits for one of those that measure; what it had measured before then stands. */
const MEASURE_MS = 1_000;

type Kept = Counter | Gauge | Histogram;
interface Series {
  readonly add: (value: number) => void;
}

/**
 * What one server counts, for Prometheus. Features describe their metrics as data and count into
 * them by name; nothing of it is kept anywhere but in memory.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #kept = new Map<string, Kept>();
  /** Finding a series by its labels costs more than counting in it. */
  readonly #series = new Map<string, Series>();
  readonly #measures = new Map<string, () => void | Promise<void>>();
  #isCollecting = false;

  readonly contentType = prometheusContentType;

  /** Has metrics shown from now on, whether anything was counted or not. */
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
   * Has `measure` set gauges whenever somebody reads the metrics; null ends it. It may cost no more
   * when there is more data, and what it throws leaves its gauges as they were.
   */
  whenRead(name: string, measure: (() => void | Promise<void>) | null): void {
    if (measure) this.#measures.set(name, measure);
    else this.#measures.delete(name);
  }

  /** Everything in the text format of Prometheus. */
  async text(): Promise<string> {
    // The process's own metrics start measuring when somebody first asks for them.
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

/** Every combination of values; none where a label's are not known before. */
function combinations(labels: Metric['labels']): Record<string, string>[] {
  let all: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    all = all.flatMap((one) => values.map((value) => ({ ...one, [label]: value })));
  }
  return all;
}

async function inTime(measure: () => void | Promise<void>): Promise<void> {
  let patience: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, MEASURE_MS);
  });
  try {
    await Promise.race([late, measure()]);
  } catch {
    // A database that does not answer is no reason to be told nothing else; `/readyz` says so.
  } finally {
    clearTimeout(patience);
  }
}
