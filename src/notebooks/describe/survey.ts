import { cellsOf, type Notebook } from '../notebook.ts';
import { wellKnown } from './known-documents.ts';

/** What can be said of a notebook before anything of it runs. */
export interface Survey {
  readonly cells: number;
  /** The cells that say they change something, by their place. */
  readonly writing: readonly number[];
  /** The hosts that the code names, but for those whose documents the product brings. */
  readonly hosts: readonly string[];
}

const WRITE = /\.\s*(?:post|put|patch|delete)\s*\(/;
const URLS = /https?:\/\/[^\s'"`<>\\)]+/g;

/** Whether code says that it changes something: by `.post(` and its like. */
export function saysThatItWrites(source: string): boolean {
  return WRITE.test(withoutComments(source));
}

/**
 * Looks a notebook over. It goes by the text of the code alone, so it may be wrong either way: what
 * may be sent is decided when it is sent.
 */
export function surveyOf(notebook: Notebook): Survey {
  const cells = cellsOf(notebook);
  const hosts = new Set<string>();
  for (const { part } of cells) {
    for (const [url] of withoutComments(part.source).matchAll(URLS)) {
      const host = wellKnown(url) ? undefined : URL.parse(url)?.host;
      if (host) hosts.add(host);
    }
  }
  return {
    cells: cells.length,
    writing: cells.filter(({ part }) => saysThatItWrites(part.source)).map(({ index }) => index),
    hosts: [...hosts].toSorted(),
  };
}

/** Lines that are comments from their beginning; what stands behind code stays. */
function withoutComments(source: string): string {
  return source.replaceAll(/^[^\S\n]*\/\/.*$/gm, '');
}
