/**
 * The address of a module of this folder, which is loaded only where it can run: a source in a
 * checkout, JavaScript in the published package.
 */
export function siblingModule(name: string): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${name}.${extension}`, import.meta.url);
}
