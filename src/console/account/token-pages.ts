import { html } from 'hono/html';
import { fetchTokens } from '../../accounts/auth-token-store.ts';
import {
  createSecondaryToken,
  deleteSecondaryToken,
  promoteSecondaryToken,
} from '../../accounts/change-auth-token.ts';
import { revealAuthTokens } from '../../accounts/reveal-auth-tokens.ts';
import { revealTestCredentials } from '../../accounts/reveal-test-credentials.ts';
import { type AccountCall, accountPage, type Page, seeOther, view } from '../../http/pages/page.ts';
import { actionForm, linkButton, moment } from '../../pages/widgets.ts';
import { confirmView, rows, secretView } from '../parts/console-views.ts';

/**
 * The pages of an account's auth tokens and test credentials. No page shows them when it opens.
 * Showing them needs a recent sign-in and a click, and the audit log tells of it.
 */

const TOKENS = '/console/:AccountSid/tokens';
const section = 'tokens';
const tokensOf = ({ account }: AccountCall) => `/console/${account.sid}/tokens`;

const tokensPage = accountPage({
  id: 'AuthTokens',
  path: TOKENS,
  async show(call) {
    const own = tokensOf(call);
    const tokens = await fetchTokens(call.db, call.account.sid);
    const secondary = tokens.find(({ slot }) => slot === 'secondary');
    return view({
      title: 'Auth Tokens',
      section,
      body: html`<p>
          A token allows everything in this account and its subaccounts. Keep it on your own
          servers, and give programs an <a href="/console/${call.account.sid}/keys">API key</a> when
          that is enough.
        </p>
        ${rows('Auth tokens', [
          ...tokens.map(({ slot, date_created }) => ({
            name: TOKEN_LABELS[slot],
            about: html`${DOTS}
                <p class="muted">
                  Made ${moment(date_created)}. ${slot === 'primary' ? SIGNS : 'It is accepted as well.'}
                </p>`,
            ...(slot === 'secondary' && {
              actions: [
                linkButton(`${own}/promote`, 'Promote'),
                linkButton(`${own}/secondary/delete`, 'Delete', 'danger'),
              ],
            }),
          })),
          { name: 'Test credentials', about: html`${DOTS}<p class="muted">${ABOUT_TESTS}</p>` },
        ])}
        <div class="buttons">
          ${actionForm(call, `${own}/reveal`, 'Show tokens', { tone: 'primary' })}
          ${secondary ? null : actionForm(call, `${own}/secondary`, 'Create secondary token')}
        </div>
        ${HOW_TO_CHANGE}`,
    });
  },
});

const DOTS = html`<p class="dots"><span aria-hidden="true">••••••••••••••••</span></p>`;
const SIGNS = 'Webhooks are signed with it.';
const ABOUT_TESTS =
  'Another SID and token, for the tests of your programs. With them, requests to buy a number, to ' +
  'send a message or to call get the usual answers, but nothing happens.';

const HOW_TO_CHANGE = html`<h2>Token change without an interruption</h2>
  <ol>
    <li>Create a secondary token. Both tokens are accepted from then on.</li>
    <li>
      Give your programs the secondary token. If they check the signatures of webhooks, let them
      accept either token for a while.
    </li>
    <li>
      Promote the secondary token. From then on the old primary token is refused, and webhooks are
      signed with the new one.
    </li>
    <li>Remove the old token from your programs.</li>
  </ol>`;

const revealPage = accountPage({
  id: 'RevealAuthTokens',
  path: `${TOKENS}/reveal`,
  sensitive: true,
  show: (call) =>
    confirmView(call, {
      title: 'Show the auth tokens?',
      section,
      text: html`<p>Make sure that nobody looks over your shoulder. The audit log will say that you saw them.</p>`,
      action: `${tokensOf(call)}/reveal`,
      label: 'Show tokens',
      back: tokensOf(call),
      tone: 'primary',
    }),
  async submit(call) {
    const { tokens, testing } = await call.change(async (act) => ({
      tokens: await revealAuthTokens(act, call.account),
      testing: await revealTestCredentials(act, call.account),
    }));
    return secretView({
      title: 'Auth Tokens',
      section,
      intro: html`<p>
        The account SID is the user name, and a token is its password. The test token belongs to
        the test account SID.
      </p>`,
      parts: [
        { label: 'Account SID', text: call.account.sid },
        ...tokens.map(({ slot, token }) => ({ label: TOKEN_LABELS[slot], text: token })),
        { label: 'Test account SID', text: testing.sid },
        { label: 'Test token', text: testing.token },
      ],
      advice: html`<p class="muted">
        This page is not kept. Auth Tokens hides them again when it next opens.
      </p>`,
      back: tokensOf(call),
      back_label: 'Hide them',
    });
  },
});

const TOKEN_LABELS: Readonly<Record<'primary' | 'secondary', string>> = {
  primary: 'Primary token',
  secondary: 'Secondary token',
};

const createSecondaryPage = accountPage({
  id: 'CreateSecondaryToken',
  path: `${TOKENS}/secondary`,
  sensitive: true,
  show: (call) =>
    confirmView(call, {
      title: 'Create a secondary token?',
      section,
      text: html`<p>It is accepted beside the primary one until you promote or delete it.</p>`,
      action: `${tokensOf(call)}/secondary`,
      label: 'Create secondary token',
      back: tokensOf(call),
      tone: 'primary',
    }),
  async submit(call) {
    await call.change((act) => createSecondaryToken(act, call.account));
    const notice = 'The secondary token is created. Show the tokens to copy it.';
    return seeOther(tokensOf(call), { notice });
  },
});

const deleteSecondaryPage = accountPage({
  id: 'DeleteSecondaryToken',
  path: `${TOKENS}/secondary/delete`,
  sensitive: true,
  show: (call) =>
    confirmView(call, {
      title: 'Delete the secondary token?',
      section,
      text: html`<p>Programs that use it are refused immediately. The primary token does not change.</p>`,
      action: `${tokensOf(call)}/secondary/delete`,
      label: 'Delete',
      back: tokensOf(call),
    }),
  async submit(call) {
    await call.change((act) => deleteSecondaryToken(act, call.account));
    return seeOther(tokensOf(call), { notice: 'The secondary token is deleted.' });
  },
});

const promotePage = accountPage({
  id: 'PromoteSecondaryToken',
  path: `${TOKENS}/promote`,
  sensitive: true,
  show: (call) =>
    confirmView(call, {
      title: 'Promote the secondary token?',
      section,
      text: html`<ul>
          <li>The present primary token is refused immediately and cannot come back.</li>
          <li>
            The secondary token becomes the primary one. It signs all webhooks from then on, also
            those that wait to be sent again.
          </li>
          <li>Connect apps of this account log in with the primary or the secondary token, too.</li>
        </ul>
        <p>
          <strong>Before you do it:</strong> give the secondary token to every program, and let those that
          check signatures accept it.
        </p>`,
      action: `${tokensOf(call)}/promote`,
      label: 'Promote',
      back: tokensOf(call),
    }),
  async submit(call) {
    await call.change((act) => promoteSecondaryToken(act, call.account));
    const notice = 'The secondary token is the primary one now; the old one is refused.';
    return seeOther(tokensOf(call), { notice });
  },
});

export const tokenPages: readonly Page[] = [
  tokensPage,
  revealPage,
  createSecondaryPage,
  deleteSecondaryPage,
  promotePage,
];
