import type { DataLocation } from '../../../src/config.ts';
import { openDatabase } from '../../../src/db/open-database.ts';
import { openLog } from '../../../src/kit/log.ts';
import { BrokenPromise } from '../broken-promise.ts';

/** The status of the answer to each message, by its text; null: no answer came. */
export interface Told {
  readonly out: Map<string, number | null>;
  readonly in: Map<string, number | null>;
}

export interface Row {
  readonly sid: string;
  readonly body: string | null;
  readonly status: string;
  readonly error_code: number | null;
}

interface Wanted {
  readonly name: string;
  readonly prefix: string;
  /** Whether a text may be there only once; true unless it is said. */
  readonly is_once?: boolean;
}

/** The messages of a platform by their texts. @throws BrokenPromise when a text is there twice */
export async function messagesOf(
  location: DataLocation,
  { name, prefix, is_once = true }: Wanted,
): Promise<Map<string, Row>> {
  const database = await openDatabase(location, openLog('error'), { readonly: true });
  try {
    const rows: Row[] = await database.db
      .selectFrom('messages')
      .select(['sid', 'body', 'status', 'error_code'])
      .where('body', 'like', `${prefix}-%`)
      .execute();
    const found = new Map<string, Row>();
    for (const row of rows) {
      const before = found.get(row.body ?? '');
      if (before && is_once)
        throw new BrokenPromise(`${row.body} is at ${name} twice`, [before, row]);
      found.set(row.body ?? '', row);
    }
    return found;
  } finally {
    await database.close();
  }
}

const UNREACHED = 30003;
export const UNKNOWN = 30008;

/**
 * Holds the two platforms against each other and against the answers. @returns the figures
 * @throws BrokenPromise
 */
export async function checkPair(
  near: DataLocation,
  far: DataLocation,
  told: Told,
): Promise<string[]> {
  const ours = await messagesOf(near, { name: 'near', prefix: 'out' });
  const theirs = await messagesOf(far, { name: 'far', prefix: 'out' });
  demandAnswered(told.out, ours);
  for (const [body, { status }] of theirs) {
    if (!ours.has(body)) throw new BrokenPromise(`${body} left, and near has no such message`);
    if (status !== 'delivered' && status !== 'undelivered') {
      throw new BrokenPromise(`${body} did not end at far`, status);
    }
  }
  const ends = new Map<string, number>();
  for (const [body, row] of ours) {
    demandTrueEnd(body, row, theirs.get(body));
    const end = row.error_code === UNKNOWN ? 'of unknown fate, and never at far' : row.status;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  const arrived = await messagesOf(far, { name: 'far', prefix: 'in' });
  const came = await messagesOf(near, { name: 'near', prefix: 'in' });
  demandAnswered(told.in, arrived);
  for (const body of came.keys()) {
    if (!arrived.has(body)) throw new BrokenPromise(`${body} came in, and far never had it`);
  }
  // Like Twilio, the far platform calls two addresses for each message, and then no more.
  const unheard = arrived.size - came.size;
  return [
    ...[...ends].map(([end, count]) => `${count} messages ${end}`),
    `${came.size} messages came in, and ${unheard} found nobody at either of their two calls`,
  ];
}

/** Each answered message is there, and no refused one is. */
export function demandAnswered(
  told: ReadonlyMap<string, number | null>,
  found: ReadonlyMap<string, Row>,
): void {
  for (const [body, status] of told) {
    if (status === null || status === 503) continue;
    if (status !== 201) throw new BrokenPromise(`${body} was answered with ${status}`);
    if (!found.has(body)) throw new BrokenPromise(`${body} is lost, although it was answered`);
  }
}

/** The end of a message here is what became of it there. */
function demandTrueEnd(body: string, ours: Row, theirs: Row | undefined): void {
  const evidence = { ours, theirs };
  const isUnknown = ours.status === 'undelivered' && ours.error_code === UNKNOWN;
  const isNeverLeft = ours.status === 'failed';
  if (!theirs) {
    if (isUnknown || isNeverLeft) return;
    throw new BrokenPromise(`${body} is ${ours.status} here, and never was there`, evidence);
  }
  const code = theirs.status === 'delivered' ? null : UNREACHED;
  if (ours.status === theirs.status && ours.error_code === code) return;
  throw new BrokenPromise(`${body} has two ends`, evidence);
}
