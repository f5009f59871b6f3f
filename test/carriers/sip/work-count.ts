import { Session } from 'node:inspector/promises';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** One piece of work to count: what the module's `run` gets. */
export type Load = readonly [name: string, size: number];

type Order = { readonly module: string; readonly folder: string; readonly loads: readonly Load[] };

/**
 * Counts the work of each load by the engine: how often the blocks of the code in `folder` ran,
 * loops without calls included. Unlike time, the figure is the same on every machine. Work inside
 * the engine itself (`indexOf`, regular expressions) is not counted.
 *
 * @param order `module` is the URL of a module that exports `run(name, size)`; `loads` is what its
 *   `run` is called with, one call a load.
 * @returns the steps, in the order of the loads.
 */
export async function countWork(order: Order): Promise<readonly number[]> {
  // The engine counts blocks only in functions that it compiles after the count began. A new thread
  // has compiled none of them.
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function countHere({ module, folder, loads }: Order): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const { run } = (await import(module)) as { run: (...load: Load) => void };
  const steps: number[] = [];
  for (const load of loads) {
    // The counters begin at zero after each take.
    await session.post('Profiler.takePreciseCoverage');
    run(...load);
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const inside = result.filter((script) => script.url.includes(folder));
    const ranges = inside.flatMap((script) => script.functions.flatMap((one) => one.ranges));
    steps.push(ranges.reduce((sum, range) => sum + range.count, 0));
  }
  session.disconnect();
  parentPort?.postMessage(steps);
}

if (parentPort && workerData?.loads) await countHere(workerData as Order);
