import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { median, type Request, type Round, type Target } from './load.ts';

/** Every round, in the order of the run. */
export interface Measured {
  readonly target: Target;
  readonly request: Request;
  readonly rounds: readonly Round[];
}

/** A figure with its goal. */
export interface Goal {
  readonly what: string;
  /** Null when it was not measured. */
  readonly value: number | null;
  readonly bound: number;
  /** Whether less is better. */
  readonly atMost: boolean;
  readonly unit: string;
}

/** The processor, and the number of its cores that the bench may use. */
export function machine(): string {
  const list = cpus();
  let model = list[0]?.model ?? 'unknown';
  try {
    model = /^model name\s*: (.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? model;
  } catch {
    // Only Linux has this file. Elsewhere Node's own answer counts.
  }
  return `${list.length} cores of ${model}, ${process.platform}, Node.js ${process.version}`;
}

export function printTable(rows: readonly (readonly string[])[]): void {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const [index, row] of rows.entries()) {
    const cells = row.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`| ${cells.join(' | ')} |`);
    const rule = widths.map((width, column) => '-'.repeat(width + 1) + (column < 2 ? '-' : ':'));
    if (index === 0) console.log(`|${rule.join('|')}|`);
  }
}

export function printRates(measured: readonly Measured[]): void {
  const head = ['request', 'server', 'req/s', 'lowest–highest', 'p99 ms', 'CPU µs/req', 'not 200'];
  const rows = measured.map(({ target, request, rounds }) => {
    const rates = rounds.map((round) => round.perSecond);
    const cpu = rounds.map((round) => round.cpuPerRequest).filter((value) => value !== null);
    return [
      request.name,
      target.name,
      whole(median(rates)),
      `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`,
      whole(median(rounds.map((round) => round.p99))),
      cpu.length > 0 ? whole(median(cpu)) : '–',
      String(failuresOf(rounds)),
    ];
  });
  printTable([head, ...rows]);
  const share = Math.max(...measured.flatMap(({ rounds }) => rounds.map((r) => r.loadShare)));
  console.log(`The load used at most ${whole(share * 100)} % of its core.`);
}

export function failuresOf(rounds: readonly Round[]): number {
  return rounds.reduce((sum, round) => sum + round.failures, 0);
}

/**
 * The ratio of two servers' rates for a request: the median over the rounds. Each round is compared
 * with its neighbour in time, so that a slow minute of the machine cancels out.
 */
export function ratio(
  measured: readonly Measured[],
  request: string,
  name: string,
  base: string,
): number | null {
  const roundsOf = (wanted: string) =>
    measured.find((one) => one.request.name === request && one.target.name === wanted)?.rounds ??
    [];
  const bases = roundsOf(base);
  const ratios = roundsOf(name).map(
    (round, index) => round.perSecond / (bases[index]?.perSecond ?? Number.NaN),
  );
  return ratios.length > 0 && bases.length > 0 ? median(ratios) : null;
}

export function printGoals(goals: readonly Goal[]): void {
  const rows = goals.map(({ what, value, bound, atMost, unit }) => {
    const sign = atMost ? '≤' : '≥';
    if (value === null) return [what, 'not measured', '–', `${sign} ${bound} ${unit}`];
    const met = atMost ? value <= bound : value >= bound;
    const shown = unit === '×' ? value.toFixed(2) : whole(value);
    return [what, met ? 'met' : 'MISSED', `${shown} ${unit}`, `${sign} ${bound} ${unit}`];
  });
  printTable([['goal', '', 'measured', 'bound'], ...rows]);
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
