import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';

/**
 * The path of the Connect button's picture. Developers copy this address into pages of their own,
 * so it names no version of the picture.
 */
export const BUTTON_PATH = '/connect-button.svg';

/** The Connect button of an app: a link with a picture, which needs no script and no style. */
export function connectButton(origin: string, connect_app_sid: string): Html {
  const source = `${origin}${BUTTON_PATH}`;
  const picture = html`<img src="${source}" alt="Connect with Tieline" width="200" height="40">`;
  return html`<a href="${origin}/authorize/${connect_app_sid}">${picture}</a>`;
}

/** The HTML of the Connect button as text, for a developer to put into a page. */
export async function connectButtonHtml(origin: string, connect_app_sid: string): Promise<string> {
  return String(await connectButton(origin, connect_app_sid));
}
