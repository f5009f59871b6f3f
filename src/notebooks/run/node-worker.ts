import { parentPort } from 'node:worker_threads';
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import type { GuestMemory } from './engine.ts';
import { serveEngine } from './engine-worker.ts';

/** The guest's stack. The worker's own stack is several times larger. */
const STACK_BYTES = 256 * 1024;

const port = parentPort;
if (port) {
  const load = async (wasmMemory: GuestMemory) => {
    const { default: imported } = await import('@jitl/quickjs-wasmfile-release-sync');
    // The package's types describe CommonJS, but the package is an ES module.
    const variant = 'default' in imported ? imported.default : imported;
    return newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory }));
  };
  port.on(
    'message',
    serveEngine(load, STACK_BYTES, (message) => port.postMessage(message)),
  );
}
