import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ADDRESS = /\s(?:href|src|srcset|action)="([^"]*)"/g;

/** The links of the built pages whose file or anchor does not exist, each with its page. */
export function deadLinks(folder: string, base: string): string[] {
  const pages = globSync('**/*.html', { cwd: folder });
  const texts = new Map(pages.map((page) => [page, readFileSync(join(folder, page), 'utf8')]));
  const anchors = new Map([...texts].map(([page, text]) => [page, anchorsOf(text)]));
  const dead: string[] = [];
  for (const [page, text] of texts) {
    for (const [, address = ''] of text.matchAll(ADDRESS)) {
      const to = address.replaceAll('&amp;', '&');
      if (!isAlive(to, page, { folder, base, anchors })) dead.push(`${page}: ${to}`);
    }
  }
  return [...new Set(dead)];
}

interface Built {
  readonly folder: string;
  readonly base: string;
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>;
}

function isAlive(to: string, page: string, { folder, base, anchors }: Built): boolean {
  if (/^[a-z][a-z+.-]*:/i.test(to)) return true;
  const [path = '', fragment] = to.split('#');
  if (path !== '' && !path.startsWith(base)) return false;
  const below = path.slice(base.length);
  const file = path === '' ? page : /(^|\/)$/.test(below) ? `${below}index.html` : below;
  if (!existsSync(join(folder, file))) return false;
  return fragment === undefined || (anchors.get(file)?.has(decodeURIComponent(fragment)) ?? false);
}

function anchorsOf(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => id));
}
