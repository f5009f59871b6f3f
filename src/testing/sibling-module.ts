/**
 * The address of a module in this folder that only the serving process or thread loads. In a
 * checkout it is a source file, and in the published package its bundle.
 */
export function siblingModule(name: string): URL {
  const place = import.meta.url.endsWith('.ts') ? `./${name}.ts` : `../bundle/${name}.cjs`;
  return new URL(place, import.meta.url);
}
