import type { App } from '../app.ts';
import type { Metric } from '../kit/metrics.ts';
import { TASK_KINDS, type TaskKind } from './task.ts';
import { fetchNextDue } from './task-store.ts';

const TASKS: Metric<'kind' | 'outcome'> = {
  kind: 'counter',
  name: 'tieline_carrier_tasks_total',
  help: 'Steps that the carrier took, by kind and outcome: done, or failed and tried again later.',
  labels: { kind: TASK_KINDS, outcome: ['done', 'failed'] },
};
const UNDER_WAY: Metric = {
  kind: 'gauge',
  name: 'tieline_carrier_tasks_under_way',
  help: 'Steps that the carrier is taking in this process.',
  labels: {},
};
const OVERDUE: Metric = {
  kind: 'gauge',
  name: 'tieline_carrier_overdue_seconds',
  help: 'Time since the earliest due step became due, over all processes; 0 when no step is due.',
  labels: {},
};

export const TASK_METRICS: readonly Metric[] = [TASKS, UNDER_WAY, OVERDUE];

export function countTask({ metrics }: App, kind: TaskKind, outcome: 'done' | 'failed'): void {
  metrics.add(TASKS, { kind, outcome });
}

/** Adds the state of the inbox to the metrics. */
export function measureTasks(app: App, underWay: () => number): void {
  const { metrics, database, now, realNow } = app;
  metrics.whenRead('carrier', async () => {
    metrics.set(UNDER_WAY, {}, underWay());
    const due = await fetchNextDue(database.db, realNow());
    metrics.set(OVERDUE, {}, due === null ? 0 : Math.max(0, now() - due) / 1_000);
  });
}
