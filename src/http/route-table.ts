import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RoutedMethod } from './routed-methods.ts';

/** A path that the server answers at, and the function that answers. */
export interface Route {
  readonly methods: readonly RoutedMethod[];
  /** The path, with `:Name` for a parameter. A `*` at its end stands for one or more segments. */
  readonly path: string;
  /** The name of the route in the metrics. */
  readonly operation: string;
  /** The most bytes that a body may have, if it is not the server's usual limit. */
  readonly body_bytes?: number | undefined;
  /** Whether the server may refuse its requests in an overload. */
  readonly may_be_shed?: boolean;
  readonly handle: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => FastifyReply | Promise<FastifyReply>;
}

/** A request's route, and the values of its path parameters. */
export interface Match {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** A segment of the paths: the segments that may follow it, and the routes that end with it. */
class Segment {
  readonly fixed = new Map<string, Segment>();
  /** The segment of a parameter. */
  open: Segment | null = null;
  readonly ends = new Map<string, Ending>();
  /** The routes that end with a star after this segment. */
  readonly stars = new Map<string, Ending>();
}

interface Ending {
  readonly route: Route;
  /** The names of the path parameters, in their order. */
  readonly names: readonly string[];
}

/**
 * Finds the route of a request by the segments of its path. A fixed segment comes before a
 * parameter, and the path decides before the method: a method that a fixed path lacks does not reach
 * a parameter in the same place. A path that ends with a star comes last.
 */
export class RouteTable {
  readonly #root = new Segment();
  readonly #sizes = new Set<number>();

  /** Every limit of a body that differs from the usual one. */
  get bodySizes(): ReadonlySet<number> {
    return this.#sizes;
  }

  add(route: Route): void {
    const names: string[] = [];
    let segment = this.#root;
    const parts = route.path.slice(1).split('/');
    const hasStar = parts.at(-1) === '*';
    if (hasStar) parts.pop();
    for (const part of parts) {
      if (part.startsWith(':')) {
        names.push(part.slice(1));
        segment = segment.open ??= new Segment();
      } else {
        let next = segment.fixed.get(part);
        if (!next) segment.fixed.set(part, (next = new Segment()));
        segment = next;
      }
    }
    const methods = hasStar ? segment.stars : segment.ends;
    for (const method of route.methods) {
      if (methods.has(method)) throw new Error(`${method} ${route.path} has two routes`);
      methods.set(method, { route, names });
    }
    if (route.body_bytes !== undefined) this.#sizes.add(route.body_bytes);
  }

  /** @param path without a suffix and a closing slash, as it was sent; null: there is no route */
  find(method: string, path: string): Match | null {
    const parts = segmentsOf(path);
    if (parts === null) return null;
    const values: string[] = [];
    const ending = endOf(this.#root, parts, 0, values)?.ends.get(method);
    if (ending) return matchOf(ending, values);
    const star = starOf(this.#root, parts, method);
    return star && matchOf(star, []);
  }

  /** The methods of a path, without HEAD; empty when no route has it. */
  methodsOf(path: string): readonly string[] {
    const parts = segmentsOf(path);
    const ends = parts && endOf(this.#root, parts, 0, [])?.ends.keys();
    return [...(ends ?? [])].filter((method) => method !== 'HEAD');
  }
}

function matchOf({ route, names }: Ending, values: readonly string[]): Match {
  const path: Record<string, string> = {};
  for (let index = 0; index < names.length; index += 1) {
    path[names[index] as string] = values[index] as string;
  }
  return { route, path };
}

/** The decoded segments of a path; null when one of them cannot be decoded. */
function segmentsOf(path: string): string[] | null {
  const parts = path.slice(1).split('/');
  if (!path.includes('%')) return parts;
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return null;
  }
}

/** The segment that a path ends with. @param values receives the values of the parameters */
function endOf(
  segment: Segment,
  parts: readonly string[],
  at: number,
  values: string[],
): Segment | null {
  const part = parts[at];
  if (part === undefined) return segment.ends.size > 0 ? segment : null;
  const fixed = segment.fixed.get(part);
  const found = fixed && endOf(fixed, parts, at + 1, values);
  if (found) return found;
  if (!segment.open || part === '') return null;
  values.push(part);
  const end = endOf(segment.open, parts, at + 1, values);
  if (!end) values.pop();
  return end;
}

/** The route of the longest fixed beginning that a star follows. */
function starOf(root: Segment, parts: readonly string[], method: string): Ending | null {
  let found: Ending | null = null;
  let segment: Segment | undefined = root;
  for (const part of parts.slice(0, -1)) {
    segment = segment.fixed.get(part);
    if (!segment) break;
    found = segment.stars.get(method) ?? found;
  }
  return found;
}

const MATCH = Symbol('match');
type Matched = IncomingMessage & { [MATCH]?: Match };

/** Remembers the route of a request. */
export function rememberMatch(request: Matched, match: Match): void {
  request[MATCH] = match;
}

/** The route of a request; undefined when no route has its path and method. */
export function routeOf(request: Matched): Route | undefined {
  return request[MATCH]?.route;
}

/** The values of a request's path parameters. */
export function pathOf({ raw }: Pick<FastifyRequest, 'raw'>): Match['path'] {
  return (raw as Matched)[MATCH]?.path ?? {};
}
