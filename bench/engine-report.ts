import { BARE_POSTGRES, BARE_SQLITE, postgresName, SQLITE } from './engine-setup.ts';
import { type Line, ratioOf, type Sample } from './engine-subjects.ts';
import { nameOf, WORKLOADS, type Workload } from './engine-workloads.ts';
import { median } from './load.ts';
import { type Goal, printTable, whole } from './report.ts';

type Id = Workload['id'];

function find(
  lines: readonly Line[],
  { id, isHot }: Pick<Workload, 'id' | 'isHot'>,
  name: string,
): Line | undefined {
  return lines.find(
    ({ workload, subject }) =>
      workload.id === id && workload.isHot === isHot && subject.name === name,
  );
}

const HEAD = [
  'work',
  'by',
  'a second',
  'lowest–highest',
  'to bare',
  'to SQLite',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'PostgreSQL µs',
  'refused',
];

export function printLines(lines: readonly Line[]): void {
  const rows = lines.map((line) => {
    const { workload, subject, samples } = line;
    const bare = subject.engine === 'SQLite' ? BARE_SQLITE : BARE_POSTGRES;
    const rates = samples.map(({ perSecond }) => perSecond);
    const to = (name: string) => {
      const base = find(lines, workload, name);
      const ratio = base === line ? null : ratioOf(line, base);
      return ratio === null ? '–' : `${ratio.toFixed(2)} ×`;
    };
    return [
      nameOf(workload),
      subject.name,
      whole(median(rates)),
      `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`,
      to(bare),
      to(SQLITE),
      middle(samples, ({ p50 }) => p50),
      middle(samples, ({ p99 }) => p99),
      middle(samples, ({ productCpu }) => productCpu),
      middle(samples, ({ postgresCpu }) => postgresCpu),
      String(samples.reduce((sum, { failures }) => sum + failures, 0)),
    ];
  });
  printTable([HEAD, ...rows]);
  const shares = lines.flatMap(({ samples }) => samples.map(({ loadShare }) => loadShare));
  console.log(`The load used at most ${whole(Math.max(0, ...shares) * 100)} % of its core.`);
}

function middle(samples: readonly Sample[], of: (sample: Sample) => number | null): string {
  const values = samples.map(of).filter((value) => value !== null);
  if (values.length === 0) return '–';
  const value = median(values);
  return value < 10 ? value.toFixed(1) : whole(value);
}

/** The processor time of one unit, with PostgreSQL's. */
const timeOf = ({ productCpu, postgresCpu }: Sample) =>
  (productCpu ?? Number.NaN) + (postgresCpu ?? 0);

/** The goals. The rate of many accounts counts, because a platform has many. */
export function goalsOf(lines: readonly Line[]): Goal[] {
  const one = postgresName();
  const at = (id: Id, name: string) => find(lines, { id, isHot: false }, name);
  const rate = (line: Line | undefined) =>
    line ? median(line.samples.map(({ perSecond }) => perSecond)) : null;
  const least = (what: string, value: number | null, bound: number, unit: string): Goal => {
    return { what, value, bound, atMost: false, unit };
  };
  return [
    least(
      'messages, PostgreSQL to SQLite',
      ratioOf(at('messages', one), at('messages', SQLITE)),
      0.5,
      '×',
    ),
    least('messages, PostgreSQL, one process', rate(at('messages', one)), 1_000, 'a second'),
    least('messages, SQLite', rate(at('messages', SQLITE)), 2_000, 'a second'),
    least(
      'single events, PostgreSQL to SQLite',
      ratioOf(at('events', one), at('events', SQLITE)),
      0.4,
      '×',
    ),
    least(
      'single events, PostgreSQL to the bare engine',
      ratioOf(at('events', one), at('events', BARE_POSTGRES)),
      0.4,
      '×',
    ),
    least(
      'events by 100 to 1,000 accounts, 1 level, PostgreSQL',
      rate(at('batches', one)),
      15_000,
      'a second',
    ),
    {
      what: 'processor time of a message, 2 processes to 1',
      value: ratioOf(at('messages', postgresName({ processes: 2 })), at('messages', one), timeOf),
      bound: 1.15,
      atMost: true,
      unit: '×',
    },
  ];
}

/** The workloads that a run measures: those with these names, or without names the given ones. */
export function workloadsOf(only: string | undefined, others: readonly Workload[]): Workload[] {
  if (only === undefined) return [...others];
  const names = only.split(',');
  const ids = new Set<string>(WORKLOADS.map(({ id }) => id));
  const unknown = names.find((name) => !ids.has(name));
  if (unknown !== undefined) {
    throw new Error(`--only must hold some of ${[...ids].join(', ')}, not "${unknown}"`);
  }
  return WORKLOADS.filter(({ id }) => names.includes(id));
}
