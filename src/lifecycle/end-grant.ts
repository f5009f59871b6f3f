import type { App } from '../app.ts';
import { GRANT_STEPS } from '../authorizations/grant-step.ts';
import { findGrant } from '../authorizations/grant-store.ts';
import { behindLease, doTask } from '../jobs/do-task.ts';
import { readStep } from '../jobs/step.ts';
import type { Task } from '../jobs/task.ts';
import { revokeGrant } from './revoke-grant.ts';

/** Ends a grant at the time that was set for it, as a revoke does. The app may do nothing since then. */
export async function endGrant(app: App, task: Task): Promise<void> {
  readStep(GRANT_STEPS, task.step);
  const resource = {
    hold: behindLease(app, task, (tx) => findGrant(tx, task.sid)),
    // The end is nobody's act, and least of all the app's.
    grantOf: () => null,
  };
  await doTask(app, task, resource, async (act, grant) => {
    if (grant.date_ends !== null && grant.date_ends <= act.now) {
      await revokeGrant(act, grant, 'expired');
    }
    return null;
  });
}
