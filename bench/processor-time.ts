import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

/** `/proc` counts in hundredths of a second. */
const TICK_MICROSECONDS = 10_000;

/** The fields of `/proc/PID/stat` that follow the name, by their numbers in proc(5). */
const FIRST_FIELD = 3;
const PARENT = 4 - FIRST_FIELD;
const USER_AND_SYSTEM = [14 - FIRST_FIELD, 15 - FIRST_FIELD] as const;
/** The times of children that have ended and that the process has waited for. */
const CHILDREN = [16 - FIRST_FIELD, 17 - FIRST_FIELD] as const;

/** Null for a process that has ended. */
function statOf(pid: number): number[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces.
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return null;
  }
}

/**
 * The processor time of a process and its children in microseconds, those included that have ended.
 * Null where there is no /proc.
 */
export function familyMicroseconds(pid: number): number | null {
  const own = statOf(pid);
  if (own === null) return null;
  const sum = (stat: readonly number[], fields: readonly number[]) =>
    fields.reduce((all, field) => all + (stat[field] ?? 0), 0);
  let ticks = sum(own, [...USER_AND_SYSTEM, ...CHILDREN]);
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat?.[PARENT] === pid) ticks += sum(stat, USER_AND_SYSTEM);
  }
  return ticks * TICK_MICROSECONDS;
}

/** The id of the process whose children serve a PostgreSQL server's connections. */
export async function postmasterOf(url: string): Promise<number | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const parent = statOf(rows[0]?.pid ?? 0)?.[PARENT] ?? null;
  await client.end();
  return parent;
}

/** The length of one look, and the share of a core under which processes count as quiet. */
const LOOK_MS = 300;
const QUIET_SHARE = 0.15;
const LONGEST_WAIT_MS = 30_000;

/** Waits until processes have done the work that they still had after their last answers. */
export async function untilQuiet(microseconds: () => number): Promise<void> {
  const latest = performance.now() + LONGEST_WAIT_MS;
  let share = 1;
  while (share > QUIET_SHARE && performance.now() < latest) {
    const before = microseconds();
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    share = (microseconds() - before) / 1_000 / (performance.now() - began);
  }
}
