import { CONNECTIONS, median, runRound, type Target } from './load.ts';
import { CATEGORIES, type Levels, type Meter, newEvent } from './metering.ts';
import { printTable, whole } from './report.ts';

/** The accounts whose usage is metered, and the number of meters at the same time. */
const SPREADS = {
  one: 'one meter',
  many: '1,000 accounts',
  hot: 'one hot account',
} as const;
type Spread = keyof typeof SPREADS;

/** The setup of one line of the table. */
export interface Setup {
  readonly spread: Spread;
  readonly levels: Levels;
  /** The number of events in one call. */
  readonly batch: 1 | 100;
}

const SETUPS: readonly Setup[] = ([1, 100] as const).flatMap((batch) =>
  (['one', 'many', 'hot'] as const).flatMap((spread) =>
    ([1, 4] as const).map((levels) => ({ spread, levels, batch })),
  ),
);

/** The number of batches under way, except for one meter that waits for each answer. */
const BATCHES_AT_ONCE = 4;

function clientsOf({ spread, batch }: Setup): number {
  if (spread === 'one') return 1;
  return batch === 1 ? CONNECTIONS : BATCHES_AT_ONCE;
}

interface Sample {
  readonly perSecond: number;
  /** The processor time of the metering process, without PostgreSQL's; null when unreadable. */
  readonly cpuPerEvent: number | null;
  readonly failures: number;
}

/** A meter, in this process or over HTTP. */
export interface Subject {
  readonly name: string;
  run(setup: Setup, seconds: number): Promise<Sample>;
}

/** The accounts of the next events: one account, or all accounts in turn. */
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

/** Meters in this process, so that only the meter itself is measured. */
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

/** One line: the results of one subject, round by round. */
export interface Measured {
  readonly engine: string;
  readonly setup: Setup;
  readonly subject: string;
  readonly samples: readonly Sample[];
  /** The ratio to the rate of the first subject in the same round. */
  readonly toBare: number;
}

/** The share of a round for which a subject warms up before its first round. */
const WARM_UP = 0.3;

/** Measures the subjects beside each other, and compares them with the first. */
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
      // Every second round runs backwards, so that no subject always comes first.
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

/** The median rate of one line; null when it was not measured. */
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
