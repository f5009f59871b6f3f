import MarkdownIt from 'markdown-it';
import { make } from './elements.ts';

/** The page's heading is h1 and the notebook's is h2, so headings in a text begin at h3. */
const HEADINGS_BELOW = 2;

const markdown = new MarkdownIt({ html: false, breaks: true, linkify: true });

markdown.core.ruler.push('page', ({ tokens }) => {
  for (const token of tokens) {
    if (/^h\d$/.test(token.tag)) {
      token.tag = `h${Math.min(Number(token.tag[1]) + HEADINGS_BELOW, 6)}`;
    }
    for (const inner of token.children ?? []) {
      if (inner.type !== 'link_open') continue;
      inner.attrSet('target', '_blank');
      inner.attrSet('rel', 'noopener noreferrer');
    }
  }
});

// An image from another site would tell that site who reads the notebook. A link replaces it.
markdown.renderer.rules['image'] = (tokens, at) => {
  const token = tokens[at];
  const href = markdown.utils.escapeHtml(String(token?.attrGet('src') ?? ''));
  const words = markdown.utils.escapeHtml(token?.content || 'image');
  return `<a href="${href}" target="_blank" rel="noopener noreferrer">${words}</a>`;
};

/** The reading view of a text cell. HTML in the text is shown as text. */
export function rendered(source: string): HTMLElement {
  const element = make('div', { class: 'markdown' });
  element.innerHTML = markdown.render(source);
  for (const table of element.querySelectorAll('table')) {
    const around = make('div', { class: 'overflow-auto', tabindex: '0' });
    table.replaceWith(around);
    around.append(table);
  }
  for (const code of element.querySelectorAll('pre')) code.tabIndex = 0;
  return element;
}
