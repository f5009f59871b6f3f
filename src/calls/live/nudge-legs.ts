import type { App } from '../../app.ts';
import { Slot } from '../../kit/kept.ts';

/** The owner of this server's legs. */
const LISTENER = new Slot<(() => void) | null>(() => null);

/** Calls `listener` when a leg may have something new to do; null ends it. */
export function onLegsNudged(app: App, listener: (() => void) | null): void {
  app.kept.set(LISTENER, listener);
}

/** Lets this server look at its legs soon. Other servers look by themselves. */
export function nudgeLegs(app: App): void {
  app.kept.get(LISTENER)?.();
}
