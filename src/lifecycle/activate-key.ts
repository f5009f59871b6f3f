import type { App } from '../app.ts';
import { act } from '../audit/act.ts';
import { OPERATOR } from '../audit/audit-event.ts';
import { ConfigError } from '../config.ts';
import { sealAnew } from '../db/open-key-ring.ts';
import { COUNTED_MS, type LiveProcess, listLiveProcesses } from '../db/process-store.ts';
import { fetchSealing, lockSealing, writeSealing } from '../db/sealing-key-store.ts';

/**
 * Activates a key of the ring: after the commit, every process seals with this key only. The change
 * waits for transactions that are about to seal something with the old key.
 *
 * @throws ConfigError while another live process lacks the key: it could neither seal nor read.
 */
export async function activateKey(app: App, key_id: string): Promise<void> {
  const { database, keyRing, processId } = app;
  await act(app, OPERATOR, async ({ tx, record }) => {
    await lockSealing(tx, database.engine);
    const sealing = await fetchSealing(tx);
    if (!sealing || sealing.key_id === key_id) return;
    const before = sealing.key_id;
    const live = await listLiveProcesses(tx, database.engine);
    const lacking = live.filter(({ id, key_ids }) => id !== processId && !key_ids.includes(key_id));
    if (lacking.length > 0) throw new ConfigError(tooEarly(key_id, before, lacking));
    await writeSealing(tx, sealAnew(keyRing, sealing, key_id));
    const detail = { key_id, before };
    record({ action: 'sealing_key.activated', account_sid: '', target_sid: null, detail });
  });
  keyRing.follow(key_id);
}

function tooEarly(key_id: string, before: string, lacking: readonly LiveProcess[]): string {
  const one = lacking.length === 1;
  return (
    `The secret key "${key_id}" cannot seal anything yet, because ${lacking.map(nameOf).join(', ')} ` +
    `${one ? 'does' : 'do'} not hold it: restart ${one ? 'it' : 'them'} with ` +
    `TIELINE_SECRET_KEY=${key_id}:NEWKEY,${before}:OLDKEY, then reseal; ` +
    `a process that was killed counts for ${COUNTED_MS / 1_000} seconds.`
  );
}

/** The name by which an operator finds a process. */
export function nameOf({ host, pid }: Pick<LiveProcess, 'host' | 'pid'>): string {
  return `process ${pid} on ${host}`;
}
