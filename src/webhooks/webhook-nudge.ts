import type { App } from '../app.ts';
import { Slot } from '../kit/kept.ts';

/** Told that a webhook may be waiting. */
const LISTENER = new Slot<(() => void) | null>(() => null);

/** Calls `listener` whenever a webhook is enqueued or replayed; null ends it. */
export function onWebhookWaiting(app: App, listener: (() => void) | null): void {
  app.kept.set(LISTENER, listener);
}

/**
 * Says that a webhook may be waiting. A deed may call it before its commit, though whether it
 * commits is not known yet: the listener claims what is due in a deed of its own, and deeds run
 * one after the other, so that one runs after this transaction has ended. It then sees the row,
 * or finds nothing to do. A nudge that is lost (another process, a crash) costs a second: the
 * worker also looks by itself.
 */
export function nudgeWorker(app: App): void {
  app.kept.get(LISTENER)?.();
}
