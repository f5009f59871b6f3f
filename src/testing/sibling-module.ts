/**
 * The address of a module of this folder, which is loaded only where it can run: a source in a
 * checkout, its bundle in the published package.
 */
export function siblingModule(name: string): URL {
  const place = import.meta.url.endsWith('.ts') ? `./${name}.ts` : `../bundle/${name}.js`;
  return new URL(place, import.meta.url);
}
