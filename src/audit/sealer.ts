import { holdSealing } from '../db/sealing-key-store.ts';
import type { Sealer } from '../kit/seal.ts';
import type { Act } from './act.ts';

/**
 * What seals in this act. The database says with which key, and does so in the act's own
 * transaction: once another key is taken into use, nothing more is sealed with this one.
 * @throws MissingKey where this process does not hold it.
 */
export async function sealerOf({ app, tx }: Pick<Act, 'app' | 'tx'>): Promise<Sealer> {
  const { key_id } = await holdSealing(tx, app.database.engine);
  return app.keyRing.sealer(key_id);
}
