import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './ask.ts';
import { BrokenPromise } from './broken-promise.ts';

/** The longest time in which a process must serve again after a disturbance. */
const RECOVERY_MS = 60_000;

/** Waits until a process makes changes again. @throws BrokenPromise when it takes too long */
export async function serves({
  client,
  tieline,
  broken,
}: {
  readonly client: Client;
  readonly tieline: { readonly number: number } & Parameters<Client['ask']>[0];
  readonly broken: Promise<never>;
}): Promise<void> {
  const began = client.now;
  for (;;) {
    const asked = client.ask(tieline, {
      method: 'POST',
      path: '/_tieline/accounts',
      login: null,
      json: { friendly_name: 'Made to see that changes are made' },
    });
    const { verdict, text } = await Promise.race([asked, broken]);
    if (verdict === 'done') return;
    if (client.now - began > RECOVERY_MS) {
      const evidence = { answer: text, log: tieline.lastLines };
      throw new BrokenPromise(`process ${tieline.number} does not recover`, evidence);
    }
    await sleep(100);
  }
}
