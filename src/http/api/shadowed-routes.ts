import type { Endpoint } from '../endpoint.ts';

/**
 * Methods that a fixed path lacks, although a path with a parameter in the same place has them.
 * These must answer 405: `DELETE …/IncomingPhoneNumbers/Local` must not reach the endpoint that
 * deletes the number whose SID is `Local`.
 */
export function shadowedRoutes(endpoints: readonly Endpoint[]) {
  const has = new Set(endpoints.map(({ method, path }) => `${method} ${path}`));
  const byFolder = Map.groupBy(endpoints, ({ path }) => splitLast(path).folder);
  const shadowed = new Map<string, { method: Endpoint['method']; url: string }>();
  for (const beside of byFolder.values()) {
    const isOfOne = ({ path }: Endpoint) => splitLast(path).last.startsWith(':');
    const [ofOne, others] = [beside.filter(isOfOne), beside.filter((one) => !isOfOne(one))];
    for (const { method } of ofOne) {
      for (const { path: url } of others) {
        const name = `${method} ${url}`;
        if (!has.has(name)) shadowed.set(name, { method, url });
      }
    }
  }
  return shadowed.values();
}

function splitLast(path: string): { readonly folder: string; readonly last: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, slash), last: path.slice(slash + 1) };
}
