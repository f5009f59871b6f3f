import { html, raw } from 'hono/html';
import { addressOf } from './addresses.ts';
import { type Heading, headingsOf, plainText } from './markdown.ts';
import { labelOf, ORDER, SECTIONS } from './sections.ts';

/** The files of every page, by the name that the build gave them. */
export interface Files {
  readonly style: string;
  readonly script: string;
  readonly icon: string;
}

/** A page within the frame. */
export interface Page {
  /** Its source below docs/. */
  readonly source: string;
  readonly title: string;
  readonly content: string;
}

export interface Site {
  /** The path that every address begins with, such as `/docs/`. */
  readonly base: string;
  readonly files: Files;
}

/** The title of a page: its first heading, or the title that its source names. */
export function titleOf(content: string, named?: string): string {
  return named ?? headingsOf(content).find(({ level }) => level === 1)?.text ?? 'Documentation';
}

const MAX_DESCRIPTION = 160;

function descriptionOf(content: string): string {
  const [, first = ''] = /<p>(.*?)<\/p>/s.exec(content) ?? [];
  const text = plainText(first).replaceAll(/\s+/g, ' ');
  return text.length <= MAX_DESCRIPTION ? text : `${text.slice(0, MAX_DESCRIPTION - 1)}…`;
}

/** The whole document of a page: navigation, content, table of contents. It needs no script. */
export async function frame(
  { content, source, title }: Page,
  { base, files }: Site,
): Promise<string> {
  const isHome = source === 'README.md';
  const headings = headingsOf(content).filter(({ level }) => level === 2 || level === 3);
  const own = headingsOf(content).some(({ level }) => level === 1) || isHome;
  const whole = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${descriptionOf(content)}">
<title>${isHome ? 'Tieline: documentation' : `${title} · Tieline`}</title>
<link rel="icon" href="${files.icon}">
<link rel="stylesheet" href="${files.style}">
<script src="${files.script}" defer></script>
</head>
<body data-base="${base}" class="${isHome ? 'home' : 'page'}">
<a class="skip" href="#content">Skip to the content</a>
<header class="bar">
<a class="brand" href="${base}"><img src="${files.icon}" alt="" width="28" height="28"><span>Tieline <small>docs</small></span></a>
<form role="search" action="${base}search/"><input type="search" name="q" placeholder="Search" aria-label="Search the documentation" autocomplete="off" maxlength="100"><div class="results" hidden></div></form>
</header>
<div class="frame">
<details class="menu"><summary>Menu <strong>${labelOf(source) ?? title}</strong></summary>${navigation(source, base)}</details>
<div class="side">${navigation(source, base)}</div>
<main id="content" tabindex="-1">
${own ? null : html`<h1>${title}</h1>`}
${raw(content)}
${isHome ? null : beside(source, base)}
</main>
${isHome ? null : contents(headings)}
</div>
</body>
</html>
`;
  return whole.toString();
}

function navigation(source: string, base: string) {
  return html`<nav aria-label="Documentation">${SECTIONS.map(
    ({ title, entries }) =>
      html`<h2>${title}</h2><ul>${entries.map(
        (one) =>
          html`<li><a href="${base}${addressOf(one.source)}"${one.source === source ? raw(' aria-current="page"') : ''}>${one.label}</a></li>`,
      )}</ul>`,
  )}</nav>`;
}

/** The fewest headings that a table of contents is worth. */
const FEW = 2;

function contents(headings: readonly Heading[]) {
  if (headings.length < FEW) return html`<div></div>`;
  return html`<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${headings.map(
    ({ level, id, text }) =>
      html`<li class="level-${level}"><a href="#${id}">${breakable(text)}</a></li>`,
  )}</ul></nav>`;
}

/** A text whose long names break between their words, and whose options do not break. */
function breakable(text: string) {
  const parts = text.split(/(--[\w-]+|(?<=\w_)(?=[A-Z])|(?<=[a-z])(?=[A-Z]))/);
  return parts.map((part) =>
    part.startsWith('--') ? html`<span>${part}</span>` : part === '' ? raw('<wbr>') : html`${part}`,
  );
}

/** The links to the previous and the next page. */
function beside(source: string, base: string) {
  const at = ORDER.indexOf(source);
  if (at === -1) return null;
  const link = (to: string | undefined, words: string, rel: string) =>
    to === undefined
      ? html`<span></span>`
      : html`<a rel="${rel}" href="${base}${addressOf(to)}"><small>${words}</small>${labelOf(to)}</a>`;
  return html`<nav class="beside" aria-label="Other pages">${link(ORDER[at - 1], 'Previous', 'prev')}${link(ORDER[at + 1], 'Next', 'next')}</nav>`;
}
