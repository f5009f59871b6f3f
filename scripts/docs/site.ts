import { hash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Eleventy } from '@11ty/eleventy';
import { build } from 'esbuild';
import { addressOf, NO_PAGES } from './addresses.ts';
import { deadLinks } from './dead-links.ts';
import { type Files, frame, type Page, type Site, titleOf } from './frame.ts';
import { generatedPages } from './generated-pages.ts';
import { writeLlms } from './llms.ts';
import { openMarkdown, sourceOf } from './markdown.ts';
import { searchEntries } from './search-entries.ts';
import { labelOf } from './sections.ts';

/** Digits of the digest in the names of the site's files. */
const DIGITS = 10;
const HERE = import.meta.dirname;

interface Built {
  readonly pages: readonly Page[];
  /** The files outside of docs/ that pages name by a link. A part of a checkout may lack them. */
  readonly named: readonly string[];
}

/**
 * Builds the documentation into a folder of static files.
 *
 * @param folder is emptied first
 * @param base the path that the site is served below, with a slash at both ends
 * @throws Error that names every dead link
 */
export async function buildSite(folder: string, base = '/docs/'): Promise<Built> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'assets'), { recursive: true });
  const pages: Page[] = [];
  const named = new Set<string>();
  const site: Site = { base, files: await writeFiles(folder, base) };
  const generated = generatedPages();
  const eleventy = new Eleventy('docs', folder, {
    quietMode: true,
    config: (config) => {
      config.setTemplateFormats(['md']);
      config.setLibrary('md', openMarkdown({ base, named, generated: new Set(generated.keys()) }));
      for (const name of NO_PAGES) config.ignores.add(`docs/${name}/**`);
      for (const [name, text] of generated) config.addTemplate(name, text);
      config.addGlobalData('eleventyComputed', {
        permalink: ({ page }: Rendered) => `${addressOf(sourceOf(page.inputPath))}index.html`,
      });
      // Braces in the guides are code, and no template.
      config.addGlobalData('templateEngineOverride', 'md');
      config.addTransform('frame', async function (this: Rendered, content: string) {
        const source = sourceOf(this.page.inputPath);
        const title = titleOf(content, titleInside(this.page.inputPath));
        const page = { source, title, content };
        pages.push(page);
        return frame(page, site);
      });
    },
  });
  await eleventy.write();
  cpSync('docs/images', join(folder, 'images'), { recursive: true });
  pages.sort((one, other) => one.source.localeCompare(other.source));
  const entries = JSON.stringify(searchEntries(pages, base));
  writeFileSync(join(folder, 'assets', 'search.json'), entries);
  writeLlms(folder, base, pages);
  writeFileSync(join(folder, '404.html'), await frame(missingPage(base), site));
  const dead = deadLinks(folder, base);
  if (dead.length > 0) throw new Error(`The documentation has dead links:\n${dead.join('\n')}`);
  return { pages, named: [...named] };
}

interface Rendered {
  readonly page: { readonly inputPath: string };
}

/** The page for addresses without one, with the pages at which each reader begins. */
function missingPage(base: string): Page {
  const starts = ['README.md', 'start/connect-app.md', 'start/platform.md'].map(
    (source) => `<li><a href="${base}${addressOf(source)}">${labelOf(source)}</a></li>`,
  );
  const content = `<p>No page has this address. Search for it above, open a page of the menu, or begin here:</p>
<ul>${starts.join('')}</ul>`;
  return { source: '404.md', title: 'Page not found', content };
}

/** The title that a notebook names at its beginning. */
function titleInside(input: string): string | undefined {
  if (!existsSync(input)) return undefined;
  return /^---\ntitle: (.*)\n/.exec(readFileSync(input, 'utf8'))?.[1];
}

/** Writes the style sheet, the script and the icon, each with a digest in its name. */
async function writeFiles(folder: string, base: string): Promise<Files> {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, 'browser', 'search.js')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    legalComments: 'inline',
    banner: { js: '/*! MiniSearch is Copyright 2022 Luca Ongaro, under the MIT licence. */' },
  });
  const write = (name: string, bytes: Uint8Array) => {
    const [stem, extension] = name.split('.');
    const file = `assets/${stem}-${hash('sha256', bytes).slice(0, DIGITS)}.${extension}`;
    writeFileSync(join(folder, file), bytes);
    return base + file;
  };
  return {
    script: write('search.js', outputFiles[0]?.contents ?? new Uint8Array()),
    style: write('site.css', readFileSync(join(HERE, 'browser', 'site.css'))),
    icon: write('icon.svg', readFileSync('src/pages/icon.svg')),
  };
}
