import variant from '@jitl/quickjs-singlefile-browser-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import { readApi } from '../describe/api-tree.ts';
import { RamlError } from '../describe/raml-document.ts';
import type { ToWorker } from '../run/engine-messages.ts';
import { serveEngine } from '../run/engine-worker.ts';
import type { DescribeMessage } from './api-reader.ts';

/** The worker of the notebook page. It runs the engine and has no network access. */

/** The guest's stack. With a larger one the browser's own stack would overflow first. */
const STACK_BYTES = 96 * 1024;

const serve = serveEngine(
  (memory) => {
    const wasmMemory = memory as WebAssembly.Memory;
    return newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory }));
  },
  STACK_BYTES,
  (message) => self.postMessage(message),
);
self.addEventListener('message', ({ data }: MessageEvent<ToWorker | DescribeMessage>) => {
  if (data.type === 'describe') self.postMessage(described(data));
  else serve(data);
});

/** The described API; null when the text cannot be read or includes other documents. */
function described({ text, url }: DescribeMessage) {
  try {
    return readApi(text, url, (other) => {
      throw new RamlError(`${url} includes ${other}, which is not read here.`);
    });
  } catch {
    return null;
  }
}
