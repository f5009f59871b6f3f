import { readFileSync } from 'node:fs';
import type MarkdownIt from 'markdown-it';

/** The page that explains the words of the trade, each in a paragraph that begins with it. */
const GLOSSARY = 'concepts.md';
/** A paragraph that explains a term: its name in bold, with a full stop, and its first sentence. */
const EXPLAINED = /^\*\*([^*`]+)\.\*\* ([^]*?[.:])(?=\s|$)/gm;
/** Words that everybody knows, or that name a part of a page more often than the term. */
const COMMON = new Set(
  'Account Number Category Customer Balance Rate Console Development and production'.split(' '),
);

/** A word that the glossary explains. */
export interface Term {
  readonly id: string;
  /** Finds the term in a text, also in the plural. */
  readonly pattern: RegExp;
  /** The first sentence of its explanation. */
  readonly says: string;
}

/** The pages of prose, in which the first use of a term leads to its explanation. */
export function explainsTerms(source: string): boolean {
  return /^(README|differences|start\/.*|guides\/.*|contract\/.*|security\/.*)\.md$/.test(source);
}

export function readTerms(): readonly Term[] {
  const text = readFileSync(`docs/${GLOSSARY}`, 'utf8');
  return [...text.matchAll(EXPLAINED)]
    .filter(([, name = '']) => !COMMON.has(name.split(' ')[0] ?? ''))
    .map(([, name = '', says = '']) => ({
      id: idOf(name),
      pattern: patternOf(name),
      says: says
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/[*`]/g, '')
        .replaceAll(/\s+/g, ' '),
    }))
    .toSorted((one, other) => other.id.length - one.id.length);
}

const idOf = (name: string) => `term-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;

function patternOf(name: string): RegExp {
  const forms = name.split(' or ').map((form) => {
    const [first = ''] = form;
    const isName = /^[A-Z][a-z]* URL$|[A-Z].*[A-Z]|\d/.test(form);
    const start = isName ? first : `[${first.toUpperCase()}${first.toLowerCase()}]`;
    return `${start}${form.slice(1).replaceAll('.', '\\.').replaceAll(' ', '\\s')}s?`;
  });
  return new RegExp(`(?<![\\w./-])(?:${forms.join('|')})(?![\\w/-])`);
}

type Markdown = InstanceType<typeof MarkdownIt>;
type Token = ReturnType<Markdown['parse']>[number];

/** Gives the explaining paragraphs of the glossary their anchors. */
export function anchorTerms(tokens: readonly Token[]): void {
  for (const [at, token] of tokens.entries()) {
    const bold = /^\*\*([^*`]+)\.\*\* /.exec(tokens[at + 1]?.content ?? '');
    if (token.type === 'paragraph_open' && bold) token.attrSet('id', idOf(bold[1] ?? ''));
  }
}

/** Links the first use of each term on a page to its explanation. */
export function linkTerms(tokens: readonly Token[], terms: readonly Term[], base: string): void {
  const left = new Set(terms);
  for (const [at, { type, children }] of tokens.entries()) {
    if (type !== 'inline' || !children || tokens[at - 1]?.type === 'heading_open') continue;
    let depth = 0;
    const linked: Token[] = [];
    for (const child of children) {
      if (child.type === 'link_open') depth += 1;
      if (child.type === 'link_close') depth -= 1;
      const isText = child.type === 'text' && depth === 0;
      linked.push(...(isText ? withLinks(child, left, base) : [child]));
    }
    children.splice(0, children.length, ...linked);
  }
}

function withLinks(text: Token, left: Set<Term>, base: string): Token[] {
  for (const term of left) {
    const found = term.pattern.exec(text.content);
    if (!found) continue;
    left.delete(term);
    const end = found.index + found[0].length;
    const open = part(text, { type: 'link_open', tag: 'a', nesting: 1 });
    open.attrs = [
      ['class', 'term'],
      ['href', `${base}concepts/#${term.id}`],
      ['title', term.says],
    ];
    return [
      ...withLinks(part(text, { content: text.content.slice(0, found.index) }), left, base),
      open,
      part(text, { content: found[0] }),
      part(text, { type: 'link_close', tag: 'a', nesting: -1 }),
      ...withLinks(part(text, { content: text.content.slice(end) }), left, base),
    ];
  }
  return [text];
}

function part(token: Token, changes: Partial<Token>): Token {
  return Object.assign(
    Object.create(Object.getPrototypeOf(token)),
    token,
    { attrs: null },
    changes,
  );
}
