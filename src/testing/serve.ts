import { enableCompileCache } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { WorldHere } from './serve-world.ts';
import type { Order, Report } from './serving.ts';

/**
 * What runs in the process or in the thread that serves: it starts worlds and closes them, as it
 * is told. A process ends when whoever started it is gone.
 */
const worlds = new Map<number, WorldHere>();

// Loading Tieline is most of what the first world takes; compiled code is kept from run to run.
enableCompileCache();
const loading = import('./serve-world.ts');
loading.catch(() => undefined);

async function carryOut(order: Order): Promise<Report> {
  if ('close' in order) {
    await worlds.get(order.close)?.close();
    worlds.delete(order.close);
    return { closed: order.close };
  }
  try {
    const { serveWorld } = await loading;
    const served = await serveWorld(order.settings);
    worlds.set(order.serve, served);
    const { url, developer, customer, connectAppSid } = served;
    return { serves: order.serve, world: { url, developer, customer, connectAppSid } };
  } catch (error) {
    return { failed: order.serve, why: (error as Error).message };
  }
}

if (parentPort) {
  const port = parentPort;
  port.on(
    'message',
    (order: Order) => void carryOut(order).then((report) => port.postMessage(report)),
  );
} else {
  process.on('disconnect', () => process.exit(0));
  process.on(
    'message',
    (order: Order) => void carryOut(order).then((report) => process.send?.(report)),
  );
}
