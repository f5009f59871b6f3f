import { findLogo } from '../../connect-apps/logo-store.ts';
import { type FileAnswer, openPage } from '../../http/pages/page.ts';
import { NotFound } from '../../kit/api-error.ts';
import { CONNECT_BUTTON } from '../../pages/assets.ts';
import { BUTTON_PATH } from './connect-button.ts';

/** The pictures of apps, and the one that apps show on their pages. */

const LOGO_NAME = /^([0-9a-f]{64})\.png$/;

/**
 * A logo by the digest of what it shows, which therefore never changes. It is what `readLogo`
 * drew, whatever was uploaded; the headers keep it an image even so (docs/threats.md, T36).
 */
const logoPage = openPage({
  id: 'Logo',
  path: '/logos/:Name',
  async show({ db, path }): Promise<FileAnswer> {
    const [, sha256] = LOGO_NAME.exec(path.Name) ?? [];
    const png = sha256 === undefined ? undefined : await findLogo(db, sha256);
    if (!png) throw new NotFound();
    return {
      kind: 'file',
      type: 'image/png',
      bytes: png,
      headers: {
        'cache-control': 'public, max-age=31536000, immutable',
        'content-disposition': 'inline; filename="logo.png"',
      },
    };
  },
});

/** Its address is in the pages of apps for good, so browsers ask for it anew each day. */
const buttonPage = openPage({
  id: 'ConnectButton',
  path: BUTTON_PATH,
  show: (): FileAnswer => ({
    kind: 'file',
    type: CONNECT_BUTTON.type,
    bytes: CONNECT_BUTTON.bytes,
    headers: {
      'cache-control': 'public, max-age=86400',
      'cross-origin-resource-policy': 'cross-origin',
    },
  }),
});

export const logoPages = [logoPage, buttonPage];
