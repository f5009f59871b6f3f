import type { App } from '../app.ts';
import { targetsOf } from '../carriers/carrier-health.ts';
import { listTargetsInUse } from './target-store.ts';

/** The pause between two looks for the targets to ask. */
export const LOOK_MS = 15_000;
/** The most addresses that one process asks. */
const MAX_ADDRESSES = 1_000;
/** The most targets of one account, so that no account takes all places. */
const MAX_OF_ACCOUNT = 50;

/** Tells the carrier of trunks which targets it asks whether they take calls. */
export async function watchTargets(app: App): Promise<void> {
  const targets = targetsOf(app);
  if (!targets) return;
  const limits = { addresses: MAX_ADDRESSES, of_account: MAX_OF_ACCOUNT };
  try {
    targets.watch(await listTargetsInUse(app.database.db, limits));
  } catch (err) {
    app.log.warn({ err }, 'the targets of trunks could not be read; it is tried again shortly');
  }
}
