import type { Database } from '../db/database.ts';
import { COUNTED_MS, type LiveProcess, listLiveProcesses } from '../db/process-store.ts';
import { countSealedRows, type SealedCount } from '../db/sealed-row-store.ts';
import { fetchSealing, listSealingKeys } from '../db/sealing-key-store.ts';
import { nameOf } from '../lifecycle/activate-key.ts';
import { printRows } from './with-app.ts';

/** The keys of a database, and the processes that hold them. */
export interface SealingStatus {
  /** The key that seals; null until a process of this version has opened the database. */
  readonly active: string | null;
  readonly known: readonly string[];
  readonly sealed: readonly SealedCount[];
  readonly processes: readonly LiveProcess[];
}

export async function readSealingStatus({ db, engine }: Database): Promise<SealingStatus> {
  return {
    active: (await fetchSealing(db))?.key_id ?? null,
    known: (await listSealingKeys(db)).map(({ id }) => id),
    sealed: await countSealedRows(db),
    processes: await listLiveProcesses(db, engine),
  };
}

/** Prints the key that seals, the keys that rows need, and the keys of each live process. */
export function printSealingStatus(status: SealingStatus): void {
  const { active, processes } = status;
  const ids = [...new Set([...status.known, ...status.sealed.map(({ key_id }) => key_id)])];
  const keys = ids.toSorted().map((key) => {
    const parts = status.sealed.filter(({ key_id }) => key_id === key);
    const holders = processes.filter(({ key_ids }) => key_ids.includes(key)).length;
    return {
      key,
      state: key === active ? 'seals' : parts.length > 0 ? 'needed' : 'held',
      held_by: `${holders} of ${processes.length}`,
      rows: parts.map(({ table, rows }) => `${table} ${rows}`).join(', ') || 'none',
    };
  });
  printRows(keys);
  console.log('');
  printRows(
    processes.map(({ host, pid, key_ids, seen_ms_ago }) => ({
      process: String(pid),
      host,
      holds: key_ids.join(', '),
      seen: `${Math.round(seen_ms_ago / 1_000)} s ago`,
    })),
  );
  console.log(`\n${nextStep(status)}`);
}

/** The next step of a rotation. */
function nextStep({ active, sealed, processes }: SealingStatus): string {
  if (active === null) return 'No server has started yet: the first one takes its first key.';
  const needed = new Set(sealed.map(({ key_id }) => key_id).filter((id) => id !== active));
  if (needed.size > 0) {
    return `Step 2 of 3, seal anew: ${list(needed)} still seals rows: run tieline keys reseal (again).`;
  }
  const newest = processes.flatMap(({ key_ids }) => key_ids.slice(0, 1));
  const announced = newest.find((id) => id !== active);
  if (announced !== undefined) {
    const lacking = processes.filter(({ key_ids }) => !key_ids.includes(announced));
    return lacking.length > 0
      ? `Step 1 of 3, add: ${lacking.map(nameOf).join(', ')} must be restarted with ` +
          `TIELINE_SECRET_KEY=${announced}:NEWKEY,${active}:OLDKEY; ` +
          `a killed process counts for ${COUNTED_MS / 1_000} seconds.`
      : `Step 2 of 3, seal anew: every process holds ${announced}: run tieline keys reseal.`;
  }
  const old = processes.filter(({ key_ids }) => key_ids.length > 1);
  if (old.length > 0) {
    const spare = new Set(old.flatMap(({ key_ids }) => key_ids).filter((id) => id !== active));
    return (
      `Step 3 of 3, take away: nothing is sealed with ${list(spare)}: restart ` +
      `${old.map(nameOf).join(', ')} with TIELINE_SECRET_KEY=${active}:KEY alone.`
    );
  }
  return `There is nothing to do: everything is sealed with ${active}.`;
}

const list = (ids: Iterable<string>) => [...ids].join(', ');
