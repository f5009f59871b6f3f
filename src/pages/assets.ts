import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Asset } from '../http/pages/assets.ts';
import { libraryFile } from './library-file.ts';

const DIGITS = 10;

/** A file of Tieline whose address contains its hash, so that browsers may cache it. */
export function assetOf(name: string, type: string, bytes: Buffer): Asset {
  const [stem, extension] = name.split('.');
  const digest = hash('sha256', bytes).slice(0, DIGITS);
  return { path: `/assets/${stem}-${digest}.${extension}`, type, bytes };
}

const CSS = 'text/css; charset=utf-8';
const SVG = 'image/svg+xml';
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const own = (name: string) => readFileSync(new URL(name, import.meta.url));

export const PICO_CSS = assetOf('pico.css', CSS, readFileSync(libraryFile('pico.min.css')));
export const CONSOLE_CSS = assetOf('console.css', CSS, own('console.css'));
/** The script of menus and of the search field. Everything works without it. */
export const CONSOLE_SCRIPT = assetOf('console.js', JAVASCRIPT, own('console.js'));
export const ICON = assetOf('icon.svg', SVG, own('icon.svg'));
/** The image of the Connect button on the pages of apps. */
export const CONNECT_BUTTON = assetOf('connect-button.svg', SVG, own('connect-button.svg'));

/** The files of all pages. Features add further files in `routes.ts`. */
export const SHELL_ASSETS: readonly Asset[] = [PICO_CSS, CONSOLE_CSS, CONSOLE_SCRIPT, ICON];
