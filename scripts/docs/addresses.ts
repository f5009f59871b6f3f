import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** The folders below docs/ that hold no pages. */
export const NO_PAGES = ['schema', 'images'];

/** The address of a page below the site's base: `guides/run.md` is at `guides/run/`. */
export function addressOf(source: string): string {
  const stem = source.replace(/\.md$/, '').replace(/(^|\/)README$/, '$1');
  return stem === '' || stem.endsWith('/') ? stem : `${stem}/`;
}

/** The places that links can lead to. */
export interface Places {
  /** The path that every address of the site begins with, such as `/docs/`. */
  readonly base: string;
  /** The pages that are made during the build and have no file. */
  readonly generated: ReadonlySet<string>;
  /** Receives the files outside of docs/ that pages link to. */
  readonly named: Set<string>;
}

/** The place that a link of a page leads to: an address, or a file that the site does not hold. */
export type Target =
  | { readonly kind: 'address'; readonly href: string }
  | { readonly kind: 'file'; readonly path: string };

/**
 * Finds the place of a link.
 *
 * @param source the page with the link, below docs/
 * @throws Error for a page that does not exist
 */
export function targetOf(href: string, source: string, places: Places): Target {
  if (/^(#|[a-z][a-z+.-]*:)/i.test(href)) return { kind: 'address', href };
  const [path = '', fragment] = href.split('#');
  const hash = fragment === undefined ? '' : `#${fragment}`;
  const file = posix.normalize(posix.join('docs', posix.dirname(source), path));
  if (!file.startsWith('docs/')) {
    places.named.add(file);
    return { kind: 'file', path: file };
  }
  const below = file.slice('docs/'.length);
  if (!places.generated.has(below) && !existsSync(file)) {
    throw new Error(`docs/${source} links to ${href}, which does not exist`);
  }
  if (below.startsWith('images/')) return { kind: 'address', href: places.base + below };
  if (!below.endsWith('.md')) return { kind: 'file', path: file };
  return { kind: 'address', href: places.base + addressOf(below) + hash };
}
