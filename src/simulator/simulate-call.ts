import type { App } from '../app.ts';
import type { CarrierTask } from '../carrier/carrier-task.ts';

export async function simulateCall(_app: App, _task: CarrierTask): Promise<void> {
  throw new Error('not there yet');
}
