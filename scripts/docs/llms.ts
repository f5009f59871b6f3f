import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from './addresses.ts';
import type { Page } from './frame.ts';
import { plainText } from './markdown.ts';
import { SECTIONS } from './sections.ts';

/** Writes the list of pages that programs read: a title, a summary and links, in Markdown. */
export function writeLlms(folder: string, base: string, pages: readonly Page[]): void {
  const bySource = new Map(pages.map((page) => [page.source, page]));
  const lines = [
    '# Tieline',
    '',
    '> An open, self-hosted platform, compatible with Twilio Connect: an app acts on the communications accounts of its customers, metered and until they revoke it.',
  ];
  for (const { title, entries } of SECTIONS) {
    lines.push('', `## ${title}`, '');
    for (const { source, label } of entries) {
      const page = bySource.get(source);
      const about = page ? firstSentence(page.content) : '';
      lines.push(`- [${label}](${base}${addressOf(source)})${about && `: ${about}`}`);
    }
  }
  writeFileSync(join(folder, 'llms.txt'), `${lines.join('\n')}\n`);
}

function firstSentence(content: string): string {
  const [, paragraph = ''] = /<p>(.*?)<\/p>/s.exec(content) ?? [];
  const text = plainText(paragraph).replaceAll(/\s+/g, ' ');
  return /^.*?[.:](?=\s|$)/.exec(text)?.[0] ?? text;
}
