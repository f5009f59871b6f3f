import { parentPort } from 'node:worker_threads';
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import type { GuestMemory } from './engine.ts';
import { serveEngine } from './engine-worker.ts';

/** How deep guest code may call; the worker's own stack has room for several times as much. */
const STACK_BYTES = 256 * 1024;

const port = parentPort;
if (port) {
  const load = async (wasmMemory: GuestMemory) => {
    const { default: imported } = await import('@jitl/quickjs-wasmfile-release-sync');
    // Its types are those of CommonJS, and it is none.
    const variant = 'default' in imported ? imported.default : imported;
    return newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory }));
  };
  port.on(
    'message',
    serveEngine(load, STACK_BYTES, (message) => port.postMessage(message)),
  );
}
