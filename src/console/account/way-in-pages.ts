import { html } from 'hono/html';
import type { MemberAccount } from '../../access/session-store.ts';
import {
  openPage,
  type PageAnswer,
  type PersonCall,
  personPage,
  seeOther,
  view,
} from '../../http/pages/page.ts';

/** The addresses that lead into the console, with Twilio's old addresses. */

const wayTo = (id: string, path: string, below: string) =>
  personPage({ id, path, show: (call) => leadInto(call, below) });

/** The account that the console opens first: an upgraded one before a Trial one. */
function firstAccount(accounts: readonly MemberAccount[]): MemberAccount | undefined {
  return accounts.find(({ type, status }) => type === 'Full' && status === 'active') ?? accounts[0];
}

function leadInto({ accounts, person }: PersonCall, below: string): PageAnswer {
  const account = firstAccount(accounts);
  if (account) return seeOther(`/console/${account.sid}${below}`);
  if (person.is_operator) return seeOther('/console/platform');
  return view({
    title: 'No account yet',
    body: html`<p>
      You are signed in, and nobody has added you to an account yet. Ask for an invitation from
      somebody who uses the account, or from the people who run this platform.
    </p>`,
  });
}

export const wayInPages = [
  openPage({ id: 'Root', path: '/', show: () => seeOther('/console') }),
  wayTo('Console', '/console', ''),
  wayTo('UserAccount', '/user/account', ''),
  wayTo('UserAccountConnectApps', '/user/account/connect/apps', '/connect-apps'),
  wayTo('UserAccountConnectAppsAdd', '/user/account/connect/apps/add', '/connect-apps/new'),
  wayTo('UserAccountAuthorizedApps', '/user/account/connect/authorized', '/authorized-apps'),
];
