import { SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from '../access/session.ts';
import type { App } from '../app.ts';
import { LINK_KEPT_MS } from './links/one-time-link.ts';
import { deleteLinksBefore } from './links/one-time-link-store.ts';
import { deleteNetworksBefore } from './sign-in/known-network-store.ts';
import { KNOWN_NETWORK_MS } from './sign-in/known-place.ts';
import { deleteEndedSessions } from './sign-in/session-life-store.ts';
import { FAILURES_FADE_MS } from './sign-in/sign-in-delay.ts';
import { deleteFailuresBefore } from './sign-in/sign-in-delay-store.ts';

/**
 * Deletes rows without an effect: expired sessions, links that ended long ago, old counts of
 * failures, and networks without a recent sign-in. A worker calls it at intervals.
 */
export async function forgetSignIns(app: App): Promise<void> {
  await app.database.write(async (tx) => {
    const now = app.realNow();
    await deleteEndedSessions(tx, {
      date_seen: now - SESSION_IDLE_MS,
      date_created: now - SESSION_ABSOLUTE_MS,
    });
    await deleteLinksBefore(tx, now - LINK_KEPT_MS);
    await deleteNetworksBefore(tx, now - KNOWN_NETWORK_MS);
    await deleteFailuresBefore(tx, now - FAILURES_FADE_MS);
  });
}
