import type { QuickJSWASMModule } from 'quickjs-emscripten-core';
import { askHost } from './bridge.ts';
import { type Engine, openEngine } from './engine.ts';
import type { FromWorker, ToWorker } from './engine-messages.ts';
import { HostServices } from './host-services.ts';

/**
 * The worker's side, the same in Node and in a browser: opens an engine when it is told to begin,
 * and runs one cell after the other. An error of the engine itself ends it.
 */
export function serveEngine(
  loadQuickJs: () => Promise<QuickJSWASMModule>,
  stack_bytes: number,
  post: (message: FromWorker) => void,
): (message: ToWorker) => void {
  let engine: Engine | null = null;
  const begin = async ({ bridge, guest, base_url }: Extract<ToWorker, { type: 'begin' }>) => {
    const ask = (name: string, payload: unknown, left_ms: number) =>
      askHost(bridge, post, { type: 'call', name, payload, left_ms });
    const services = new HostServices(ask, base_url);
    engine = openEngine(await loadQuickJs(), guest, services, stack_bytes);
    post({ type: 'ready' });
  };
  const died = (error: unknown) => post({ type: 'died', message: (error as Error).message });
  return (message) => {
    if (message.type === 'begin') {
      begin(message).catch(died);
      return;
    }
    try {
      if (!engine) throw new Error('the engine is not ready');
      post({ type: 'end', ...engine.run(message) });
    } catch (error) {
      died(error);
    }
  };
}
