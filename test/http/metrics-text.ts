import type { TestApp } from '../support/test-app.ts';

/** Every series of a server, by its name with its labels. */
export type Readings = ReadonlyMap<string, number>;

/** Reads `/metrics`. */
export async function readMetrics(app: TestApp): Promise<Readings> {
  const { text } = await app.get('/metrics');
  return readingsOf(text);
}

/** The series of Prometheus's text format. */
function readingsOf(text: string): Readings {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** The growth of each series between two readings, without the process's own metrics. */
export function risenIn(before: Readings, after: Readings, of: RegExp): Record<string, number> {
  const risen: Record<string, number> = {};
  for (const [name, value] of after) {
    const rise = value - (before.get(name) ?? 0);
    if (of.test(name) && rise !== 0) risen[name] = rise;
  }
  return risen;
}
