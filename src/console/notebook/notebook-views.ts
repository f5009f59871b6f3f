import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import {
  CHAI_SCRIPT,
  NO_BUNDLER,
  NOTEBOOK_CSS,
  NOTEBOOK_SCRIPT,
  NOTEBOOK_WORKER,
  OWN_NOTEBOOK_LIST,
} from './notebook-assets.ts';

/** The frame of the notebook page. The page's script fills it. */
export function notebookView(account_sid: string, style_nonce: string, has_script: boolean): Html {
  const intro = html`<p>
    A notebook is text with code in it that calls the API of this account, step by step.
  </p>`;
  if (!has_script) return html`${intro}<p class="notice bad" role="alert">${NO_BUNDLER}</p>`;
  return html`<link rel="stylesheet" href="${NOTEBOOK_CSS.path}" />
    ${intro}
    <noscript>
      <p class="notice bad">
        This page needs JavaScript: the code of a notebook runs in your own browser, and never on the
        server.
      </p>
    </noscript>
    <div
      id="notebook"
      data-account-sid="${account_sid}"
      data-tokens-path="/console/${account_sid}/tokens"
      data-worker-path="${NOTEBOOK_WORKER.path}"
      data-chai-path="${CHAI_SCRIPT.path}"
      data-notebooks-path="${OWN_NOTEBOOK_LIST.path}"
      data-style-nonce="${style_nonce}"
    ></div>
    <script type="module" src="${NOTEBOOK_SCRIPT.path}"></script>`;
}
