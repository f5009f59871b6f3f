import { holdSealing } from '../db/sealing-key-store.ts';
import type { Sealer } from '../kit/seal.ts';
import type { Act } from './act.ts';

/**
 * The sealer of an act. The database names the key within the act's own transaction, so that
 * nothing is sealed with an old key after a new one was taken into use.
 * @throws MissingKey when this process does not hold the key
 */
export async function sealerOf({ app, tx }: Pick<Act, 'app' | 'tx'>): Promise<Sealer> {
  const { key_id } = await holdSealing(tx, app.database.engine);
  return app.keyRing.sealer(key_id);
}
