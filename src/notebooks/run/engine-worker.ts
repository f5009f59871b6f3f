import type { QuickJSWASMModule } from 'quickjs-emscripten-core';
import { askHost } from './bridge.ts';
import { type Engine, type GuestMemory, guestMemory, isFull, openEngine } from './engine.ts';
import type { FromWorker, ToWorker } from './engine-messages.ts';
import { HostServices } from './host-services.ts';

const MEMORY_FULL = 'its cells need more memory than a notebook may have';

/**
 * The worker's side, for both Node and browsers. It opens an engine on the message `begin`, and
 * then runs one cell after the other. An error of the engine itself ends the engine.
 */
export function serveEngine(
  loadQuickJs: (memory: GuestMemory) => Promise<QuickJSWASMModule>,
  stack_bytes: number,
  post: (message: FromWorker) => void,
): (message: ToWorker) => void {
  const memory = guestMemory();
  let engine: Engine | null = null;
  const begin = async ({ bridge, guest, base_url }: Extract<ToWorker, { type: 'begin' }>) => {
    const ask = (name: string, payload: unknown, left_ms: number) =>
      askHost(bridge, post, { type: 'call', name, payload, left_ms });
    const services = new HostServices(ask, base_url);
    engine = openEngine(await loadQuickJs(memory), guest, services, stack_bytes);
    post({ type: 'ready' });
  };
  // An engine that is out of memory fails with errors that do not mention memory.
  const died = (error: unknown) =>
    post({ type: 'died', message: isFull(memory) ? MEMORY_FULL : (error as Error).message });
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
