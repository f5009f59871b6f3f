import { authenticate, type Claim, lockAccess } from '../../access/authenticate.ts';
import { lockFreeTokens } from '../../access/credential-lock-store.ts';
import type { Principal } from '../../access/principal.ts';
import type { Ahead, AheadWork, Tx } from '../../db/database.ts';
import { holdAccounts, holdFreeAccounts } from '../../db/hold-accounts.ts';
import { together } from '../../db/postgres/reads-together.ts';
import { ApiError } from '../../kit/api-error.ts';

/** A write that waits for its transaction. */
interface Write {
  readonly claim: Claim;
  readonly principal: Principal;
  /** Reads the rows that its handler will read. */
  readonly foresees: (tx: Tx) => Promise<unknown>;
}

/**
 * Prepares the writes of many callers: it locks their credentials and main accounts, and runs their
 * reads at the same time, so that these share statements.
 */
const WRITE_AHEAD: AheadWork<Write> = {
  async run(tx, first, others) {
    await Promise.all([
      ...first.map(({ principal }) => lockAccess(tx, principal)),
      holdAccounts(tx, 'postgres', rootsOf(first)),
      // The credentials of apps and API keys are locked by their own deeds.
      lockFreeTokens(
        tx,
        others.flatMap(({ principal: { kind, account } }) =>
          kind === 'account' ? account.sid : [],
        ),
      ),
      holdFreeAccounts(tx, rootsOf(others)),
    ]);
    const writes = [...first, ...others];
    await together(
      tx,
      writes.map((write) => () => foresee(tx, write)),
    );
  },
};

/** Refusals are left to the deed, which meets them again. */
async function foresee(tx: Tx, { claim, foresees }: Write): Promise<void> {
  const reads = [authenticate(tx, claim.credentials), (async () => foresees(tx))()];
  for (const read of await Promise.allSettled<unknown>(reads)) {
    if (read.status === 'rejected' && !(read.reason instanceof ApiError)) throw read.reason;
  }
}

export function aheadOfWrite(write: Write): Ahead {
  return { work: WRITE_AHEAD, needs: [write] };
}

function rootsOf(writes: readonly Write[]): Set<string> {
  return new Set(writes.map(({ principal }) => principal.account.owner_account_sid));
}
