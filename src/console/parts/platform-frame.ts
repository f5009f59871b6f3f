import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';

/** The path and the tabs of the operators' pages. */

export const PLATFORM = '/console/platform';

export function platformTabs(
  current: 'accounts' | 'people' | 'numbers' | 'carriers' | 'webhooks' | 'security',
): Html {
  const tab = (name: typeof current, href: string, label: string) =>
    html`<li><a href="${href}" ${name === current ? CURRENT : null}>${label}</a></li>`;
  return html`<nav class="tabs" aria-label="Platform">
    <ul>
      ${tab('accounts', PLATFORM, 'Accounts')}
      ${tab('people', `${PLATFORM}/people`, 'People')}
      ${tab('numbers', `${PLATFORM}/numbers`, 'Numbers')}
      ${tab('carriers', `${PLATFORM}/carriers`, 'Carriers')}
      ${tab('webhooks', `${PLATFORM}/webhooks`, 'Undelivered webhooks')}
      ${tab('security', `${PLATFORM}/security`, 'Security')}
    </ul>
  </nav>`;
}

const CURRENT = html`aria-current="page"`;
