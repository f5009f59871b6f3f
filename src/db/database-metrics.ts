import { type Metric, type Metrics, WAIT_BUCKETS } from '../kit/metrics.ts';
import type { Database } from './database.ts';

/** How long a measured size is used. Measuring asks the system for the size of every file. */
const SIZE_MS = 60_000;

const QUEUED: Metric = {
  kind: 'gauge',
  name: 'tieline_write_queue_depth',
  help: 'Writes that wait in the queue.',
  labels: {},
};
const WRITES: Metric<'outcome'> = {
  kind: 'counter',
  name: 'tieline_writes_total',
  help: 'Writes by outcome: committed; refused by a rule of the product and undone; failed with their commit; crowded out of a full queue.',
  labels: { outcome: ['committed', 'refused', 'failed', 'crowded_out'] },
};
const BATCHES: Metric = {
  kind: 'histogram',
  name: 'tieline_write_batch_size',
  help: 'Number of writes that shared a commit.',
  labels: {},
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
};
const TRANSACTIONS: Metric = {
  kind: 'histogram',
  name: 'tieline_write_transaction_duration_seconds',
  help: 'Time from the start of a transaction until it was durable.',
  labels: {},
  buckets: WAIT_BUCKETS,
};
const COMMITS: Metric = {
  kind: 'histogram',
  name: 'tieline_write_commit_duration_seconds',
  help: 'Time of the commit itself, including the write to disk.',
  labels: {},
  buckets: WAIT_BUCKETS,
};
const REPEATED: Metric = {
  kind: 'counter',
  name: 'tieline_write_transactions_repeated_total',
  help: 'Transactions repeated after a deadlock or a serialization failure.',
  labels: {},
};
const CONNECTIONS: Metric<'state'> = {
  kind: 'gauge',
  name: 'tieline_database_connections',
  help: 'Connections to the database: used, idle, and requests waiting for one.',
  labels: { state: ['used', 'idle', 'waiting'] },
};
const LOST: Metric = {
  kind: 'counter',
  name: 'tieline_database_connections_lost_total',
  help: 'Broken connections to the database.',
  labels: {},
};
const SIZE: Metric = {
  kind: 'gauge',
  name: 'tieline_database_size_bytes',
  help: 'Size of the database, measured at most once a minute.',
  labels: {},
};

export const DATABASE_METRICS: readonly Metric[] = [
  QUEUED,
  WRITES,
  BATCHES,
  TRANSACTIONS,
  COMMITS,
  REPEATED,
  CONNECTIONS,
  LOST,
  SIZE,
];

/** Counts the outcomes of writes. */
export class WriteWatch {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** @param times of the whole transaction and of its commit */
  committed(deeds: number, refused: number, times: { whole_ms: number; commit_ms: number }): void {
    const metrics = this.#metrics;
    metrics.add(BATCHES, {}, deeds);
    metrics.add(TRANSACTIONS, {}, times.whole_ms / 1_000);
    metrics.add(COMMITS, {}, times.commit_ms / 1_000);
    metrics.add(WRITES, { outcome: 'committed' }, deeds - refused);
    if (refused > 0) metrics.add(WRITES, { outcome: 'refused' }, refused);
  }

  failed(deeds: number): void {
    this.#metrics.add(WRITES, { outcome: 'failed' }, deeds);
  }

  crowdedOut(): void {
    this.#metrics.add(WRITES, { outcome: 'crowded_out' });
  }

  repeated(): void {
    this.#metrics.add(REPEATED, {});
  }
}

export function noteLostConnection(metrics: Metrics): void {
  metrics.add(LOST, {});
}

/** Adds the state of a database to the metrics. */
export function measureDatabase(
  metrics: Metrics,
  { waiting, connections, sizeBytes }: Pick<Database, 'waiting' | 'connections' | 'sizeBytes'>,
): void {
  metrics.whenRead('writes', () => {
    metrics.set(QUEUED, {}, waiting());
    for (const [state, number] of Object.entries(connections())) {
      metrics.set(CONNECTIONS, { state }, number);
    }
  });
  let stands_until = 0;
  metrics.whenRead('database size', async () => {
    if (performance.now() < stands_until) return;
    stands_until = performance.now() + SIZE_MS;
    metrics.set(SIZE, {}, await sizeBytes());
  });
}
