import { dirname } from 'node:path';
import { build as bundle, type Plugin } from 'esbuild';

interface LazyThings {
  /** Matches the paths of our own modules. */
  readonly modules: RegExp;
  readonly libraries: readonly string[];
}

/** Marks the request of this plugin itself for the place of a module. */
const LOOKED_UP = Symbol('looked up');

/**
 * A plugin for esbuild: an imported module runs when something of it is first used, and not when
 * the importing module runs. Otherwise most of a start would go into pages, schemas and background
 * work that the first request does not need.
 *
 * A lazy module may not do anything at its start that others rely on. Its exports become getters,
 * so the modules that every request uses should not be lazy.
 */
export function lazyImports({ modules, libraries }: LazyThings): Plugin {
  return {
    name: 'lazy-imports',
    setup(build) {
      build.onResolve({ filter: /./ }, async ({ pluginData, ...found }) => {
        const { path, kind, importer, resolveDir } = found;
        if (kind !== 'import-statement' || pluginData === LOOKED_UP) return undefined;
        if (libraries.includes(path)) {
          return { path, namespace: 'lazy-library', pluginData: resolveDir };
        }
        if (!path.startsWith('.') || !importer.endsWith('.ts')) return undefined;
        const asked = { kind, importer, resolveDir, pluginData: LOOKED_UP };
        const { path: file } = await build.resolve(path, asked);
        return modules.test(file) ? { path: file, namespace: 'lazy-module' } : undefined;
      });
      build.onLoad({ filter: /./, namespace: 'lazy-module' }, async ({ path }) => ({
        contents: lazily(path, await exportsOf(path)),
        resolveDir: dirname(path),
      }));
      build.onLoad({ filter: /./, namespace: 'lazy-library' }, async ({ path, pluginData }) => ({
        contents: lazily(path, Object.keys(await import(path))),
        resolveDir: pluginData as string,
      }));
    },
  };
}

/** The names of a module's values. */
async function exportsOf(file: string): Promise<string[]> {
  const { metafile } = await bundle({
    entryPoints: [file],
    format: 'esm',
    metafile: true,
    write: false,
    outdir: '.',
  });
  return Object.values(metafile.outputs).flatMap((output) => output.exports);
}

/** A module with a getter for each name. */
function lazily(module: string, names: readonly string[]): string {
  const getters = names
    .filter((name) => /^[\w$]+$/.test(name) && name !== 'default')
    .map((name) => `get ${name}() { return (found ??= load()).${name}; },`);
  return `let found;
const load = () => require(${JSON.stringify(module)});
module.exports = { ${getters.join('\n')} };`;
}
