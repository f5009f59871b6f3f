import { addressOf } from './addresses.ts';
import type { Page } from './frame.ts';
import { headingsOf, plainText } from './markdown.ts';
import { labelOf } from './sections.ts';

/** A part of a page, from one heading to the next. */
interface SearchEntry {
  readonly id: number;
  readonly title: string;
  readonly heading: string;
  readonly address: string;
  readonly text: string;
  /** The samples, which are found but not shown. */
  readonly code: string;
}

/** The most characters of a part that can be found. */
const MAX_TEXT = 4_000;
const SAMPLES = /<pre[ >].*?<\/pre>/gs;

/** The parts of all pages. The browser makes its index of them. */
export function searchEntries(pages: readonly Page[], base: string): SearchEntry[] {
  const entries: SearchEntry[] = [];
  for (const { source, title, content } of pages) {
    if (source === 'search.md') continue;
    const address = base + addressOf(source);
    // These are for people who change or audit Tieline. The search finds them by their titles only.
    const parts = /^(adr\/|asvs|threats)/.test(source) ? [''] : content.split(/(?=<h[23] id=")/);
    for (const part of parts) {
      const [first] = headingsOf(part);
      const below = first && first.level > 1 ? first : null;
      entries.push({
        id: entries.length,
        title: labelOf(source) ?? title,
        heading: below?.text ?? '',
        address: below ? `${address}#${below.id}` : address,
        text: textOf(part.replaceAll(SAMPLES, ' ')).slice(0, MAX_TEXT),
        code: textOf((part.match(SAMPLES) ?? []).join(' ')).slice(0, MAX_TEXT),
      });
    }
  }
  return entries;
}

function textOf(html: string): string {
  const withoutHeading = html.replace(/^\s*<h[1-3][^>]*>.*?<\/h[1-3]>/s, '');
  return plainText(withoutHeading.replaceAll(/<\/(td|th|li|p|pre)>/g, ' '))
    .replaceAll(/\s+/g, ' ')
    .trim();
}
