import type { BareSender } from './bare-sends.ts';
import { cpuMicroseconds } from './child.ts';
import { partOf, requestOf, type Tenant, type Workload } from './engine-workloads.ts';
import { CONNECTIONS, median, runSharedRound } from './load.ts';
import { type Meter, newEvent } from './metering.ts';
import { familyMicroseconds, untilQuiet } from './processor-time.ts';
import type { RunningTarget } from './servers.ts';

/** The result of one round. Processor times are microseconds for one message, call or event. */
export interface Sample {
  readonly perSecond: number;
  readonly p50: number | null;
  readonly p99: number | null;
  /** Of the servers and a pooler, or of the bare engine's client. */
  readonly productCpu: number | null;
  /** Of all of PostgreSQL's processes. Null for SQLite, which is part of the product's process. */
  readonly postgresCpu: number | null;
  /** Requests without a good answer. */
  readonly failures: number;
  /** The share of its core that the load used. Near 1, the load limited the rate. */
  readonly loadShare: number;
}

/** A way to do a workload that is compared with others. */
export interface Subject {
  readonly name: string;
  readonly engine: 'SQLite' | 'PostgreSQL';
  /** Whether it does this kind of work. */
  does(workload: Workload): boolean;
  run(workload: Workload, seconds: number): Promise<Sample>;
  close(): Promise<void>;
}

/** Tieline over HTTP, by one process or several that share a database. */
export function servedSubject(
  about: Pick<Subject, 'name' | 'engine'>,
  servers: readonly RunningTarget[],
  tenants: readonly Tenant[],
  others: { readonly postmaster: number | null; readonly pooler?: number | null },
): Subject {
  const { postmaster, pooler = null } = others;
  const productTime = () =>
    [...servers.map(({ pid }) => pid), ...(pooler === null ? [] : [pooler])].reduce(
      (sum, pid) => sum + (cpuMicroseconds(pid) ?? 0),
      0,
    );
  const postgresTime = () => (postmaster === null ? 0 : (familyMicroseconds(postmaster) ?? 0));
  return {
    ...about,
    does: () => true,
    async run(workload, seconds) {
      const request = requestOf(workload, tenants);
      const before = { product: productTime(), postgres: postgresTime() };
      const round = await runSharedRound(servers, request, seconds);
      // The carrier still carries what was answered. That work belongs to this round, and not to
      // the next subject's.
      await untilQuiet(() => productTime() + postgresTime());
      // The server also does the requests whose answers came after the end of the round.
      const units = round.sent * workload.size;
      return {
        perSecond: round.perSecond * workload.size,
        p50: round.p50,
        p99: round.p99,
        productCpu: (productTime() - before.product) / units,
        postgresCpu: postmaster === null ? null : (postgresTime() - before.postgres) / units,
        failures: round.failures,
        loadShare: round.loadShare,
      };
    },
    async close() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** The bare engine, driven by this process with as many clients as the load has connections. */
export function bareSubject(
  about: Pick<Subject, 'name' | 'engine'>,
  { meter, sender }: { readonly meter: Meter; readonly sender: BareSender | null },
  tenants: readonly Tenant[],
  postmaster: number | null,
): Subject {
  const postgresTime = () => (postmaster === null ? 0 : (familyMicroseconds(postmaster) ?? 0));
  return {
    ...about,
    does: ({ id }) => sender !== null || id === 'events' || id === 'batches',
    async run(workload, seconds) {
      const part = partOf(workload, tenants);
      let next = 0;
      const sid = () => part[next++ % part.length]?.login.username ?? '';
      const once = () => {
        if (workload.id === 'messages') return sender?.send('message', sid());
        if (workload.id === 'calls') return sender?.send('call', sid());
        const now = Date.now();
        return meter.meter(Array.from({ length: workload.size }, () => newEvent(sid(), 1, now)));
      };
      const own = process.cpuUsage();
      const before = postgresTime();
      const began = performance.now();
      const end = began + seconds * 1_000;
      const times: number[] = [];
      const client = async () => {
        for (let now = began; now < end; now = performance.now()) {
          await once();
          times.push(performance.now() - now);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, client));
      const units = times.length * workload.size;
      const took = performance.now() - began;
      const { user, system } = process.cpuUsage(own);
      return {
        perSecond: (units * 1_000) / took,
        p50: median(times),
        p99: times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? null,
        productCpu: (user + system) / units,
        postgresCpu: postmaster === null ? null : (postgresTime() - before) / units,
        failures: 0,
        // The client of the bare engine is the load.
        loadShare: 0,
      };
    },
    async close() {
      await meter.close();
      await sender?.close();
    },
  };
}

/** One subject's rounds of one workload. */
export interface Line {
  readonly workload: Workload;
  readonly subject: Subject;
  readonly samples: readonly Sample[];
}

/** The share of a round for which a subject warms up before its first round. */
const WARM_UP = 0.5;

/** Measures the subjects beside each other. */
export async function measureWorkload(
  workload: Workload,
  subjects: readonly Subject[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Line[]> {
  const lines = subjects
    .filter((subject) => subject.does(workload))
    .map((subject) => ({ workload, subject, samples: [] as Sample[] }));
  for (const { subject } of lines) await subject.run(workload, seconds * WARM_UP);
  for (let round = 0; round < rounds; round += 1) {
    // Every second round runs backwards, so that no subject always comes first.
    for (const { subject, samples } of round % 2 === 0 ? lines : lines.toReversed()) {
      samples.push(await subject.run(workload, seconds));
    }
  }
  return lines;
}

/**
 * The ratio of two subjects: the median over the rounds. Each round is compared with its neighbour
 * in time, so that a slow minute of the machine cancels out. Null without either of them.
 */
export function ratioOf(
  line: Line | undefined,
  base: Line | undefined,
  of: (sample: Sample) => number = ({ perSecond }) => perSecond,
): number | null {
  const ratios = (line?.samples ?? []).flatMap((sample, round) => {
    const beside = base?.samples[round];
    const ratio = beside ? of(sample) / of(beside) : Number.NaN;
    // A subject that answered nothing in a round has no ratio in it.
    return Number.isFinite(ratio) ? [ratio] : [];
  });
  return ratios.length > 0 ? median(ratios) : null;
}
