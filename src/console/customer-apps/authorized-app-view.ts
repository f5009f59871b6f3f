import { html } from 'hono/html';
import type { Grant } from '../../authorizations/grant.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import { type LimitFields, limitFields } from '../../consent/limits-views.ts';
import { type AccountCall, type Html, isolated } from '../../http/pages/page.ts';
import { dayOf, startOfNext } from '../../kit/day.ts';
import type { Micro } from '../../kit/money.ts';
import { readPermissions } from '../../kit/permission.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { appLogo, code, formToken, linkButton, moment, outsideLink } from '../../pages/widgets.ts';
import { moneyText } from '../parts/money-words.ts';
import { purse, purseState } from '../parts/purse.ts';
import { dayText } from '../parts/usage-words.ts';
import { permissionList } from './authorized-app-views.ts';

export interface AuthorizedApp {
  readonly grant: Grant;
  readonly app: ConnectApp;
  readonly logo: string | null;
  /** The spending of this month. */
  readonly spent_micro: Micro;
  readonly date_last_used: EpochMs | null;
  readonly limits: LimitFields;
}

/** The page of one app that acts on the account: what it spent, its limits, its end. */
export function authorizedAppBody(call: AccountCall, shown: AuthorizedApp): Html {
  const { app, grant, logo } = shown;
  const own = `/console/${call.account.sid}/authorized-apps/${app.sid}`;
  return html`<section class="panel app" aria-label="App">
      ${appLogo(app.friendly_name, logo)}
      <div class="about">
        <p class="muted">by ${isolated(app.company_name)} ${outsideLink(app.homepage_url, 'Home page')}</p>
        <p class="muted">
          Authorized ${moment(grant.date_updated)}, last used ${moment(shown.date_last_used)}
        </p>
      </div>
    </section>
    ${reached(call, shown)} ${limitsPanel(call, own, shown)}
    <section class="panel" aria-labelledby="may">
      <h2 id="may">It may</h2>
      ${permissionList(grant, app)}
      <p class="muted">
        Its subaccount is
        <a href="/console/${call.account.sid}/subaccounts/${grant.subaccount_sid}"
          >${code(grant.subaccount_sid)}</a
        >.
      </p>
    </section>
    <section class="panel" aria-labelledby="end">
      <h2 id="end">Take ${isolated(app.friendly_name)} away</h2>
      <p>It loses access at once. Its numbers and logs stay yours.</p>
      ${linkButton(`${own}/revoke`, 'Revoke', 'danger')}
    </section>`;
}

function limitsPanel(call: AccountCall, own: string, shown: AuthorizedApp): Html | null {
  const { app, grant, spent_micro, limits } = shown;
  if (!readPermissions(grant.permissions).includes('post-all')) return null;
  return html`<section class="panel" aria-labelledby="limits">
    <h2 id="limits">Spent this month</h2>
    ${purse({ ...grant, friendly_name: app.friendly_name }, spent_micro)}
    <form method="post" action="${own}" class="narrow">
      ${formToken(call)} ${limitFields(call, limits)}
      <div class="buttons"><button type="submit">Keep these limits</button></div>
    </form>
  </section>`;
}

/** The notice of a limit that is near or reached: what stops, what goes on, and what to do. */
function reached({ app: server }: AccountCall, { app, grant, spent_micro }: AuthorizedApp) {
  const { monthly_limit_micro: limit } = grant;
  const state = purseState(limit, spent_micro);
  if (state === '' || limit === null) return null;
  const name = isolated(app.friendly_name);
  if (state === 'near') {
    return html`<p class="notice warn">
      ${name} has spent more than 80% of its limit. At ${moneyText(limit)} it is refused until the next month.
    </p>`;
  }
  const next = dayText(startOfNext('m', dayOf(server.now())));
  return html`<p class="notice bad">
    ${name} has reached its limit of ${moneyText(limit)} and may spend no more until ${next} (UTC). It can
    still read. Raise the limit below if it should go on.
  </p>`;
}
