import MarkdownIt from 'markdown-it';
import { type Places, targetOf } from './addresses.ts';
import { anchorTerms, explainsTerms, linkTerms, readTerms } from './terms.ts';

/** A heading of a page, for its table of contents and for the search. */
export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly text: string;
}

interface Env {
  readonly page: { readonly inputPath: string };
}

/** The source of a page below docs/. */
export function sourceOf(input: string): string {
  return input.replace(/^(\.\/)?docs\//, '');
}

/** The anchor of a heading, as GitHub makes it, so that a link works on both. */
function anchorOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

/** Reads Markdown as pages need it: anchors at headings, and links to pages instead of files. */
export function openMarkdown(places: Places): Markdown {
  const markdown = new MarkdownIt({ html: true });
  const terms = readTerms();
  markdown.core.ruler.push('anchors', ({ tokens }) => {
    const seen = new Map<string, number>();
    for (const [at, token] of tokens.entries()) {
      if (token.type !== 'heading_open') continue;
      const anchor = anchorOf(textOf(tokens[at + 1]));
      const times = seen.get(anchor) ?? 0;
      seen.set(anchor, times + 1);
      token.attrSet('id', times === 0 ? anchor : `${anchor}-${times}`);
    }
  });
  markdown.core.ruler.push('links', ({ tokens, env }) => {
    const source = sourceOf((env as unknown as Env).page.inputPath);
    for (const token of tokens) {
      if (token.type === 'html_block') token.content = withImages(token.content, source, places);
    }
    for (const { children } of tokens) if (children) leadToPages(children, source, places);
    if (source === 'concepts.md') anchorTerms(tokens);
    if (explainsTerms(source)) linkTerms(tokens, terms, places.base);
  });
  markdown.renderer.rules['table_open'] = () => '<div class="table" tabindex="0"><table>';
  markdown.renderer.rules['table_close'] = () => '</table></div>';
  markdown.renderer.rules['fence'] = (tokens, at) => {
    const { content = '', info = '' } = tokens[at] ?? {};
    const [language = ''] = info.trim().split(/\s/);
    const name = language === '' ? '' : ` data-language="${markdown.utils.escapeHtml(language)}"`;
    return `<pre tabindex="0"${name}><code>${markdown.utils.escapeHtml(content)}</code></pre>\n`;
  };
  return markdown;
}

/** Gives the images of HTML within Markdown the addresses that they have on the site. */
function withImages(html: string, source: string, places: Places): string {
  return html.replaceAll(/(\ssrc(?:set)?=")([^"]+)/g, (whole, start: string, href: string) => {
    const target = targetOf(href, source, places);
    return target.kind === 'address' ? start + target.href : whole;
  });
}

type Markdown = InstanceType<typeof MarkdownIt>;
type Tokens = ReturnType<Markdown['parse']>;

function textOf(token: Tokens[number] | undefined): string {
  const parts = token?.children ?? [];
  return parts
    .filter(({ type }) => type === 'text' || type === 'code_inline')
    .map(({ content }) => content)
    .join('');
}

/**
 * Replaces the addresses of files by those of pages. A file that is no page is named without a link:
 * the site does not hold it.
 */
function leadToPages(tokens: Tokens, source: string, places: Places): void {
  const open: boolean[] = [];
  for (const token of tokens) {
    if (token.type === 'image') {
      const target = targetOf(String(token.attrGet('src') ?? ''), source, places);
      if (target.kind === 'address') token.attrSet('src', target.href);
    }
    if (token.type === 'link_close' && open.pop()) token.tag = 'span';
    if (token.type !== 'link_open') continue;
    const target = targetOf(decodeURI(String(token.attrGet('href') ?? '')), source, places);
    open.push(target.kind === 'file');
    if (target.kind === 'address') token.attrSet('href', target.href);
    if (target.kind !== 'file') continue;
    token.tag = 'span';
    token.attrs = [
      ['class', 'file'],
      ['title', `In the repository: ${target.path}`],
    ];
  }
}

/** The headings of a rendered page. */
export function headingsOf(html: string): Heading[] {
  const found = html.matchAll(/<h([1-6]) id="([^"]*)">(.*?)<\/h\1>/gs);
  return [...found].map(([, level, id = '', inner = '']) => ({
    level: Number(level),
    id,
    text: plainText(inner),
  }));
}

/** The text of HTML, without its tags and with its entities resolved. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
