import { cellsOf, type Notebook } from '../notebook.ts';
import { wellKnown } from './known-documents.ts';

/** The known facts about a notebook before any cell runs. */
export interface Survey {
  readonly cells: number;
  /** The numbers of the cells whose code changes something. */
  readonly writing: readonly number[];
  /** The hosts in the code, except hosts of documents that come with the product. */
  readonly hosts: readonly string[];
}

const WRITE = /\.\s*(?:post|put|patch|delete)\s*\(/;
const URLS = /https?:\/\/[^\s'"`<>\\)]+/g;

/** Whether code has a call that changes something, such as `.post(`. */
export function saysThatItWrites(source: string): boolean {
  return WRITE.test(withoutComments(source));
}

/**
 * Surveys a notebook. The survey reads only the text of the code, so it can miss a change or report
 * one that does not happen. Permission to send is therefore decided at each request.
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

/** Removes lines that are only comments. Comments after code stay. */
function withoutComments(source: string): string {
  return source.replaceAll(/^[^\S\n]*\/\/.*$/gm, '');
}
