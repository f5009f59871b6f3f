import { readFileSync, writeFileSync } from 'node:fs';
import { STEPS } from './steps.ts';

/** The tables of `docs/guides/sdks.md`, made from the results of programs. */

const FILE = 'docs/guides/sdks.md';

/** The outcome of each step of a program, by its column. */
export type Results = ReadonlyMap<string, Readonly<Record<string, string>>>;

const DONE = 'yes';

function cellOf(outcome: string | undefined): string {
  if (outcome === undefined) return '–';
  return outcome === 'ok' ? DONE : 'no';
}

/** One row for each step, one column for each program. */
export function stepTable(columns: readonly string[], results: Results): string {
  const rows = STEPS.map(({ name, does }) => {
    const [operation, ...rest] = name.split(' ');
    const cells = columns.map((column) => cellOf(results.get(column)?.[name]));
    const code = rest.join(' ').includes('/') ? ` ${rest.join(' ')}` : '';
    return `| \`${operation}\`${code} | ${does} | ${cells.join(' | ')} |`;
  });
  const line = columns.map(() => '---');
  return [
    `| operation | the program | ${columns.join(' | ')} |`,
    `|---|---|${line.join('|')}|`,
    ...rows,
  ].join('\n');
}

/** One row for each program, with the number of its successful steps. */
export function summaryTable(columns: readonly string[], results: Results): string {
  const rows = columns.map((column) => {
    const done = STEPS.filter(({ name }) => results.get(column)?.[name] === 'ok');
    return `| ${column} | ${done.length} of ${STEPS.length} |`;
  });
  return ['| release | steps |', '|---|---|', ...rows].join('\n');
}

/** The guide's text between the marks of this name. `UPDATE_DOCS=1` puts `table` there. */
export function shownTable(name: string, table: string): string {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
  const [before, rest] = text.split(begin);
  const [shown, after] = rest?.split(end) ?? [];
  if (before === undefined || shown === undefined || after === undefined) {
    throw new Error(`${FILE} has no marks for ${name}.`);
  }
  if (process.env['UPDATE_DOCS'] !== '1') return shown;
  writeFileSync(FILE, before + begin + table + end + after);
  return table;
}
