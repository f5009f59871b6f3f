import variant from '@jitl/quickjs-singlefile-browser-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import { readApi } from '../describe/api-tree.ts';
import { RamlError } from '../describe/raml-document.ts';
import type { ToWorker } from '../run/engine-messages.ts';
import { serveEngine } from '../run/engine-worker.ts';
import type { DescribeMessage } from './api-reader.ts';

/** The worker of the notebook page: the engine, and no way to the network. */

/** How deep guest code may call: with more, a browser's own stack ends before. */
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

/** What is described; null where it cannot be read, or needs other documents. */
function described({ text, url }: DescribeMessage) {
  try {
    return readApi(text, url, (other) => {
      throw new RamlError(`${url} includes ${other}, which is not read here.`);
    });
  } catch {
    return null;
  }
}
