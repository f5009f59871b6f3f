import { readFileSync } from 'node:fs';
import { html } from 'hono/html';
import type { Asset } from '../../http/pages/assets.ts';
import type { Html } from '../../http/pages/page.ts';
import { assetOf } from '../../pages/assets.ts';
import { libraryFile } from '../../pages/library-file.ts';

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const LIBRARY = assetOf('webauthn.js', JAVASCRIPT, readFileSync(libraryFile('webauthn.min.js')));
const PAGE_SCRIPT = assetOf(
  'passkey.js',
  JAVASCRIPT,
  readFileSync(new URL('passkey-page.js', import.meta.url)),
);

/** The files of the pages that use passkeys. */
export const PASSKEY_ASSETS: readonly Asset[] = [LIBRARY, PAGE_SCRIPT];

export const PASSKEY_SCRIPTS: Html = html`<script src="${LIBRARY.path}" defer></script>
  <script src="${PAGE_SCRIPT.path}" defer></script>`;
