import { CONNECTIONS, median, runRound, type Target } from './load.ts';
import { CATEGORIES, type Levels, type Meter, newEvent } from './metering.ts';
import { printTable, whole } from './report.ts';

/** Whose usage is told, and by how many at a time. */
const SPREADS = {
  one: 'one meter',
  many: '1,000 accounts',
  hot: 'one hot account',
} as const;
type Spread = keyof typeof SPREADS;

/** What is metered in one line of the table. */
export interface Setup {
  readonly spread: Spread;
  readonly levels: Levels;
  /** Events of one call. */
  readonly batch: 1 | 100;
}

const SETUPS: readonly Setup[] = ([1, 100] as const).flatMap((batch) =>
  (['one', 'many', 'hot'] as const).flatMap((spread) =>
    ([1, 4] as const).map((levels) => ({ spread, levels, batch })),
  ),
);

/** Batches under way at a time, unless there is one meter that waits for each answer. */
const BATCHES_AT_ONCE = 4;

function clientsOf({ spread, batch }: Setup): number {
  if (spread === 'one') return 1;
  return batch === 1 ? CONNECTIONS : BATCHES_AT_ONCE;
}

interface Sample {
  readonly perSecond: number;
  /** Of the process that meters, PostgreSQL's own not counted; null where it cannot be read. */
  readonly cpuPerEvent: number | null;
  readonly failures: number;
}

/** Something that meters, in this process or over HTTP. */
export interface Subject {
  readonly name: string;
  run(setup: Setup, seconds: number): Promise<Sample>;
}

/** The accounts of the next events: one of them, or all of them in turn. */
function batchesOf({ spread, levels, batch }: Setup, accounts: readonly string[]) {
  let next = 0;
  const used = spread === 'many' ? accounts : accounts.slice(0, 1);
  return () => {
    const now = Date.now();
    return Array.from({ length: batch }, () => {
      const account = used[next++ % used.length] as string;
      return newEvent(account, levels, now);
    });
  };
}

/** Meters in this process, where nothing but the meter itself is measured. */
export function subjectOf(meter: Meter, accounts: readonly string[]): Subject {
  return {
    name: meter.name,
    async run(setup, seconds) {
      const batchOf = batchesOf(setup, accounts);
      const cpu = process.cpuUsage();
      const started = performance.now();
      const end = started + seconds * 1000;
      let done = 0;
      const client = async () => {
        while (performance.now() < end) {
          const events = batchOf();
          await meter.meter(events);
          done += events.length;
        }
      };
      await Promise.all(Array.from({ length: clientsOf(setup) }, client));
      const { user, system } = process.cpuUsage(cpu);
      const perSecond = (done * 1000) / (performance.now() - started);
      return { perSecond, cpuPerEvent: (user + system) / done, failures: 0 };
    },
  };
}

/** Meters with `POST /_tieline/usage`, as an outside meter does. */
export function httpSubject(target: Target, accounts: readonly string[]): Subject {
  return {
    name: target.name,
    async run(setup, seconds) {
      const batchOf = batchesOf(setup, accounts);
      const request = {
        name: target.name,
        method: 'POST' as const,
        path: '/_tieline/usage',
        type: 'application/json',
        connections: clientsOf(setup),
        body: () =>
          JSON.stringify(
            batchOf().map(({ account_sid, key }) => {
              return { account_sid, category: CATEGORIES[setup.levels], key };
            }),
          ),
      };
      const { perSecond, cpuPerRequest, failures } = await runRound(target, request, '', seconds);
      return {
        perSecond: perSecond * setup.batch,
        cpuPerEvent: cpuPerRequest === null ? null : cpuPerRequest / setup.batch,
        failures,
      };
    },
  };
}

/** One line: what one subject showed, round by round. */
export interface Measured {
  readonly engine: string;
  readonly setup: Setup;
  readonly subject: string;
  readonly samples: readonly Sample[];
  /** The rates beside those of the first subject, each in the same round. */
  readonly toBare: number;
}

/** The share of a round that a subject warms up for, before its first. */
const WARM_UP = 0.3;

/** Measures the subjects beside each other; the first is what the others are compared with. */
export async function measureRates(
  engine: string,
  subjects: readonly Subject[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const setup of SETUPS) {
    const lines = subjects.map((subject) => ({ subject, samples: [] as Sample[] }));
    for (const { subject } of lines) await subject.run(setup, seconds * WARM_UP);
    for (let round = 0; round < rounds; round += 1) {
      // Every other round goes backwards, so that none always comes first.
      for (const { subject, samples } of round % 2 === 0 ? lines : lines.toReversed()) {
        samples.push(await subject.run(setup, seconds));
      }
    }
    const bare = lines[0]?.samples ?? [];
    for (const { subject, samples } of lines) {
      const ratios = samples.map(
        ({ perSecond }, round) => perSecond / (bare[round]?.perSecond ?? Number.NaN),
      );
      measured.push({ engine, setup, subject: subject.name, samples, toBare: median(ratios) });
    }
  }
  return measured;
}

export function printUsageRates(measured: readonly Measured[]): void {
  const head = [
    'metered',
    'by',
    'events/s',
    'lowest–highest',
    'to bare',
    'CPU µs/event',
    'not 200',
  ];
  const rows = measured.map(({ engine, setup, subject, samples, toBare }) => {
    const rates = samples.map(({ perSecond }) => perSecond);
    const cpu = samples.map(({ cpuPerEvent }) => cpuPerEvent).filter((value) => value !== null);
    const { spread, levels, batch } = setup;
    return [
      `${engine}, ${SPREADS[spread]}, ${levels} ${levels === 1 ? 'level' : 'levels'}, by ${batch}`,
      subject,
      whole(median(rates)),
      `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`,
      `${toBare.toFixed(2)} ×`,
      cpu.length > 0 ? whole(median(cpu)) : '–',
      String(samples.reduce((sum, { failures }) => sum + failures, 0)),
    ];
  });
  printTable([head, ...rows]);
}

/** The median rate of one line; null where it was not measured. */
export function rateOf(
  measured: readonly Measured[],
  engine: string,
  subject: string,
  wanted: Setup,
): number | null {
  const line = measured.find(
    ({ setup, ...one }) =>
      one.engine === engine &&
      one.subject === subject &&
      setup.spread === wanted.spread &&
      setup.levels === wanted.levels &&
      setup.batch === wanted.batch,
  );
  return line ? median(line.samples.map(({ perSecond }) => perSecond)) : null;
}
