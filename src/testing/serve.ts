import { enableCompileCache } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { WorldHere } from './serve-world.ts';
import type { Order, Report } from './serving.ts';

/**
 * The worlds of this process or thread. This file is the program of the serving process or thread.
 * It starts and closes worlds on orders. The process ends when the process that started it is gone.
 */
const worlds = new Map<number, WorldHere>();

// Loading Tieline takes most of the first start's time, so compiled code is kept between runs.
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
