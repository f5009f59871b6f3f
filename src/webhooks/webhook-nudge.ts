import type { App } from '../app.ts';
import { Slot } from '../kit/kept.ts';

/** Told that a webhook may be waiting. */
const LISTENER = new Slot<(() => void) | null>(() => null);

/** Calls `listener` whenever a webhook is enqueued or replayed; null ends it. */
export function onWebhookWaiting(app: App, listener: (() => void) | null): void {
  app.kept.set(LISTENER, listener);
}

/**
 * Tells the worker that a webhook may be waiting. A deed may call this before its commit. The worker
 * claims due webhooks in a deed of its own, which runs after this transaction has ended. It sees
 * the row if the transaction committed, and otherwise has nothing to do. The worker also looks by
 * itself every second, so a lost nudge (after a crash, or in another process) only costs a second.
 */
export function nudgeWorker(app: App): void {
  app.kept.get(LISTENER)?.();
}
