import type { App } from '../app.ts';
import { INTERACTION_KEPT_MS } from './interaction.ts';
import { deleteInteractionsBefore } from './interaction-store.ts';

const BATCH = 500;

/** Deletes the visits to the consent page that can no longer be answered. */
export async function forgetInteractions(app: App): Promise<void> {
  const before = app.realNow() - INTERACTION_KEPT_MS;
  for (;;) {
    const deleted = await app.database.write((tx) => deleteInteractionsBefore(tx, before, BATCH));
    if (deleted < BATCH) return;
  }
}
