import { readdir, readFile } from 'node:fs/promises';
import type { LazyAsset } from '../../http/pages/assets.ts';
import { ApiError } from '../../kit/api-error.ts';
import { type BundleName, readBundle } from '../../notebooks/browser-bundles.ts';
import { cellsOf, frontOf, type Notebook, readNotebook } from '../../notebooks/notebook.ts';
import { readChai } from '../../notebooks/run/node-host.ts';

/** The files of the notebook page. They are read and built when somebody first opens it. */

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const here = (name: string) => new URL(name, import.meta.url);
const OWN_NOTEBOOKS = here('../../../docs/notebooks/');

export const NOTEBOOK_CSS: LazyAsset = {
  path: '/assets/notebook.css',
  type: 'text/css; charset=utf-8',
  read: () => readFile(here('../../notebooks/browser/notebook.css')),
};

export const NOTEBOOK_SCRIPT = scriptAsset('page', '/assets/notebook.js', {});

/**
 * The policy of the worker: it may compile the engine and cannot reach the network. The worker can
 * share memory with its page because both send the headers for that.
 */
export const NOTEBOOK_WORKER = scriptAsset('worker', '/assets/notebook-worker.js', {
  'content-security-policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
  'cross-origin-embedder-policy': 'require-corp',
});

export const CHAI_SCRIPT: LazyAsset = {
  path: '/assets/chai.js',
  type: JAVASCRIPT,
  read: async () => Buffer.from(await readChai()),
};

/** The notebooks of `docs/notebooks/`, each with its title and summary. */
export const OWN_NOTEBOOK_LIST: LazyAsset = {
  path: '/assets/notebooks.json',
  type: 'application/json',
  read: async () => Buffer.from(JSON.stringify(await readOwnNotebooks())),
};

export const NOTEBOOK_ASSETS: readonly LazyAsset[] = [
  NOTEBOOK_CSS,
  NOTEBOOK_SCRIPT,
  NOTEBOOK_WORKER,
  CHAI_SCRIPT,
  OWN_NOTEBOOK_LIST,
];

export const NO_BUNDLER =
  'The scripts of this page cannot be made here: esbuild is not installed. Run "npm ci" in the checkout, with its development dependencies, or install the published package.';

function scriptAsset(
  name: BundleName,
  path: string,
  headers: Readonly<Record<string, string>>,
): LazyAsset {
  const read = async () => {
    try {
      return await readBundle(name);
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
      throw isMissing ? new ApiError(503, 20503, NO_BUNDLER) : error;
    }
  };
  return { path, type: JAVASCRIPT, read, headers };
}

async function readOwnNotebooks() {
  const names = await readdir(OWN_NOTEBOOKS).catch(() => []);
  const files = names.filter((name) => name.endsWith('.md')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, OWN_NOTEBOOKS), 'utf8');
      const notebook = readNotebook(text);
      const title = frontOf(notebook, 'title') ?? file;
      const cells = cellsOf(notebook).length;
      return { file, title, summary: summaryOf(notebook), cells, text };
    }),
  );
}

/** The first paragraph of a notebook's text. */
function summaryOf({ parts }: Notebook): string {
  const text = parts.find(({ kind, source }) => kind === 'text' && source !== '')?.source ?? '';
  const first = text.split(/\n\s*\n/).find((one) => !one.startsWith('#')) ?? '';
  return first.replaceAll(/\s+/g, ' ').replaceAll(/[`*_]/g, '');
}
