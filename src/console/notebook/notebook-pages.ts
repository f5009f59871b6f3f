import { type AccountCall, accountPage, type Page, view } from '../../http/pages/page.ts';
import { hasBundles } from '../../notebooks/browser-bundles.ts';
import { notebookView } from './notebook-views.ts';

/** The page that runs notebooks. Their code runs in the reader's browser, never on the server. */

const NONCE_BYTES = 16;

const notebookPage = accountPage({
  id: 'Notebook',
  path: '/console/:AccountSid/notebook',
  while_suspended: true,
  async show({ app, account }: AccountCall) {
    const style_nonce = app.randomBytes(NONCE_BYTES).toString('base64');
    return view({
      title: 'Notebook',
      section: 'notebook',
      body: notebookView(account.sid, style_nonce, await hasBundles()),
      style_nonce,
      is_isolated: true,
    });
  },
});

export const notebookPages: readonly Page[] = [notebookPage];
