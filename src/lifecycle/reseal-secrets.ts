import { rowOfToken } from '../accounts/auth-token.ts';
import { rowOfTestToken } from '../accounts/test-credentials.ts';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import { type AuditEvent, OPERATOR } from '../audit/audit-event.ts';
import { sealerOf } from '../audit/sealer.ts';
import { rowOfSipPassword } from '../calls/sip-password.ts';
import { listNeededKeys } from '../db/open-key-ring.ts';
import {
  holdRowsSealedWith,
  listKeysInUse,
  SEALED_TABLES,
  type SealedRow,
  type SealedTable,
  updateSealedRow,
} from '../db/sealed-row-store.ts';
import { deleteSealingKeys, listSealingKeys, lockSealing } from '../db/sealing-key-store.ts';
import { rowOfAnswer } from '../http/api/idempotency.ts';
import { rowOfFactor } from '../people/factors/second-factor.ts';
import { activateKey } from './activate-key.ts';

/** Rows of one transaction. Other changes of these rows wait until it ends. */
const BATCH = 100;
/** The number of searches for rows that others were changing, and the pause between searches. */
const MAX_ROUNDS = 50;
const ROUND_MS = 200;

/**
 * One kind of sealed value: the text it is bound to, and its event in the audit log, if it has one.
 */
interface Kind<T extends SealedTable> {
  readonly rowOf: (row: SealedRow<T>) => string;
  readonly event?: (row: SealedRow<T>, sealed_with: string) => AuditEvent;
}

const KINDS: { readonly [T in SealedTable]: Kind<T> } = {
  auth_tokens: {
    rowOf: rowOfToken,
    event: ({ account_sid, slot }, sealed_with) => ({
      action: 'auth_token.resealed',
      account_sid,
      target_sid: account_sid,
      detail: { slot, sealed_with },
    }),
  },
  test_credentials: {
    rowOf: rowOfTestToken,
    event: ({ account_sid, sid }, sealed_with) => ({
      action: 'test_credentials.resealed',
      account_sid,
      target_sid: sid,
      detail: { sealed_with },
    }),
  },
  second_factors: { rowOf: rowOfFactor },
  call_sip_passwords: { rowOf: rowOfSipPassword },
  idempotency_keys: { rowOf: rowOfAnswer },
};

/** The result of a rotation. */
export interface Resealed {
  /** The key that seals from now on. */
  readonly key_id: string;
  readonly resealed: number;
  /** The keys that can be removed from every ring. */
  readonly retired: readonly string[];
  /** The keys that still seal rows, because others kept changing those rows. */
  readonly left: readonly string[];
}

/**
 * Activates the ring's first key, and seals every secret with it: auth tokens, tokens of test
 * credentials, secrets of authenticator apps, SIP passwords of calls, and answers stored for
 * idempotency keys. Each batch commits, so a run after an interruption continues there. At the end,
 * keys that seal nothing are forgotten, and a start no longer requires them.
 *
 * @throws ConfigError while a live process lacks the key; its one sentence names the process.
 */
export async function resealSecrets(app: App): Promise<Resealed> {
  const [key_id] = app.keyRing.keyIds;
  await activateKey(app, key_id);
  let resealed = 0;
  let left = await othersInUse(app, key_id);
  for (let round = 0; left.length > 0 && round < MAX_ROUNDS; round += 1) {
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    for (const old of left) {
      for (const table of SEALED_TABLES) resealed += await resealTable(app, table, old);
    }
    left = await othersInUse(app, key_id);
  }
  return { key_id, resealed, retired: await retireKeys(app), left };
}

async function othersInUse({ database }: App, key_id: string): Promise<string[]> {
  return (await listKeysInUse(database.db)).filter((id) => id !== key_id);
}

async function resealTable(app: App, table: SealedTable, old: string): Promise<number> {
  for (let resealed = 0; ; ) {
    const count = await act(app, OPERATOR, (doing) => resealBatch(doing, table, old));
    resealed += count;
    if (count < BATCH) return resealed;
  }
}

async function resealBatch(doing: Act, table: SealedTable, old: string): Promise<number> {
  const { app, tx, record } = doing;
  // The kind belongs to this table's rows, but the types cannot express that.
  const { rowOf, event } = KINDS[table] as unknown as Kind<SealedTable>;
  const { key_id, seal } = await sealerOf(doing);
  if (key_id === old) return 0;
  const found = { table, key_id: old, limit: BATCH };
  const rows = await holdRowsSealedWith(tx, app.database.engine, found);
  for (const row of rows) {
    const secret = app.keyRing.open(row.sealed, rowOf(row));
    const anew = { sealed: seal(secret, rowOf(row)), sealed_with: key_id };
    await updateSealedRow(tx, table, row, anew);
    if (event) record(event(row, key_id));
  }
  return rows.length;
}

/** Forgets the keys of this ring that seal nothing. Keys that only other processes have stay. */
function retireKeys({ database, keyRing }: App): Promise<string[]> {
  return database.write(async (tx) => {
    await lockSealing(tx, database.engine);
    const needed = new Set(await listNeededKeys(tx));
    const known = (await listSealingKeys(tx)).map(({ id }) => id);
    const unused = known.filter((id) => keyRing.has(id) && !needed.has(id));
    await deleteSealingKeys(tx, unused);
    return unused;
  });
}
