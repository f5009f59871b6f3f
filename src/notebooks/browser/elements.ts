/** A child of an element. A string becomes text, never HTML. */
export type Child = Node | string | null;

type Attributes = Readonly<Record<string, string | boolean | null>>;

/**
 * Makes an element. An attribute that is true is set without a value; one that is false or null is
 * left out. Nothing is read as HTML.
 */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button that submits no form. `tone` is a CSS class of the console. */
export function button(label: string, tone: string, pressed: () => void): HTMLButtonElement {
  const made = make('button', { type: 'button', class: tone }, label);
  made.addEventListener('click', pressed);
  return made;
}

/** A link to another site. The site learns nothing about this page. */
export function outsideLink(href: string, label: string): HTMLAnchorElement {
  return make('a', { href, target: '_blank', rel: 'noopener noreferrer' }, label);
}

const ADDRESS = /https?:\/\/[^\s"'<>\\]+[^\s"'<>\\.,;:)\]]/g;

/** Text whose addresses are links. */
export function linked(text: string): (Node | string)[] {
  const found: (Node | string)[] = [];
  let at = 0;
  for (const { 0: url, index } of text.matchAll(ADDRESS)) {
    found.push(text.slice(at, index), outsideLink(url, url));
    at = index + url.length;
  }
  return [...found, text.slice(at)];
}
