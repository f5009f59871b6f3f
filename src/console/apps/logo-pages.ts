import { typeOfLogo } from '../../connect-apps/logo.ts';
import { findLogo } from '../../connect-apps/logo-store.ts';
import { type FileAnswer, openPage } from '../../http/pages/page.ts';
import { NotFound } from '../../kit/api-error.ts';
import { CONNECT_BUTTON } from '../../pages/assets.ts';
import { BUTTON_PATH } from './connect-button.ts';

/** The logos of apps, and the picture of the Connect button. */

const LOGO_NAME = /^([0-9a-f]{64})\.png$/;

/**
 * A logo under the digest of its content, so an address never changes its picture. `readLogo` drew
 * the file anew from the upload, or without sharp it kept the upload. The headers make browsers take
 * it for an image in any case (docs/threats.md, T36).
 */
const logoPage = openPage({
  id: 'Logo',
  path: '/logos/:Name',
  async show({ db, path }): Promise<FileAnswer> {
    const [, sha256] = LOGO_NAME.exec(path.Name) ?? [];
    const logo = sha256 === undefined ? undefined : await findLogo(db, sha256);
    if (!logo) throw new NotFound();
    return {
      kind: 'file',
      type: typeOfLogo(logo),
      bytes: logo,
      headers: {
        'cache-control': 'public, max-age=31536000, immutable',
        'content-disposition': 'inline; filename="logo.png"',
      },
    };
  },
});

/** The button's address never changes, so browsers ask for the picture anew each day. */
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
