import { html } from 'hono/html';
import type { Grant } from '../../authorizations/grant.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import { changesBetween, PERMISSION_WORDS } from '../../consent/permission-words.ts';
import { type AccountCall, type Html, heading, type View, view } from '../../http/pages/page.ts';
import { FORM_TOKEN } from '../../http/pages/page-routes.ts';
import { type Permission, readPermissions } from '../../kit/permission.ts';
import { code, formToken, linkButton } from '../../pages/widgets.ts';
import { counted } from '../parts/console-views.ts';
import type { GrantedSets } from './connect-app-customer-views.ts';
import { appPath } from './connect-app-views.ts';

/** The field that says that somebody has seen the preview. */
export const PREVIEWED = 'previewed';

interface Preview {
  readonly app: ConnectApp;
  /** The permissions after the change, as stored. */
  readonly wanted: string;
  readonly sets: GrantedSets;
  /** Some of the customers who must authorise again. */
  readonly waiting: readonly Grant[];
}

/** The page between the form and a change of permissions: who keeps, loses or must authorise. */
export function permissionPreview(call: AccountCall, preview: Preview): View {
  const { app } = preview;
  const own = appPath(app);
  return view({
    title: heading`Change what ${app.friendly_name} asks for?`,
    section: 'connect-apps',
    body: html`<p>Nothing is saved yet.</p>
      ${effects(preview)} ${again(call, preview)}
      <form method="post" action="${own}/edit" enctype="multipart/form-data">
        ${formToken(call)} <input type="hidden" name="${PREVIEWED}" value="yes" />
        ${keptFields(call)}
        ${
          call.files.has('Logo')
            ? html`<p class="notice warn">The new logo is not kept. Choose it again after this step.</p>`
            : null
        }
        <div class="buttons">
          <button type="submit">Change the permissions</button>
          ${linkButton(`${own}/edit`, 'Cancel')}
        </div>
      </form>`,
  });
}

/** The fields of the form, which the second form sends again. */
function keptFields({ form }: AccountCall): Html[] {
  return [...form]
    .filter(([name]) => name !== FORM_TOKEN && name !== PREVIEWED)
    .flatMap(([name, values]) =>
      values.map((value) => html`<input type="hidden" name="${name}" value="${value}" />`),
    );
}

function effects({ app, wanted, sets }: Preview): Html {
  return html`<section class="panel flush">
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Customers</th>
          <th scope="col">Effect</th>
        </tr>
      </thead>
      <tbody>
        ${sets.map(
          ({ permissions, count }) => html`<tr>
            <th scope="row">${counted(count, 'customer')}</th>
            <td>${effectOn(readPermissions(permissions), app, wanted)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function effectOn(granted: readonly Permission[], app: ConnectApp, wanted: string): string {
  const held = granted.filter((one) => readPermissions(app.permissions).includes(one));
  const changes = changesBetween(held, readPermissions(wanted));
  const names = (kind: 'new' | 'goes') =>
    changes
      .filter(({ permission, change }) => {
        // A permission that was granted before and is asked for again needs no new authorisation.
        return change === kind && !(kind === 'new' && granted.includes(permission));
      })
      .map(({ permission }) => `“${PERMISSION_WORDS[permission].name}”`)
      .join(' and ');
  const [lost, waits] = [names('goes'), names('new')];
  const parts = [
    lost === '' ? null : `The app loses ${lost} at once.`,
    waits === ''
      ? null
      : `The app gets ${waits} when they authorize it again; until then it keeps the rest.`,
  ].filter((part) => part !== null);
  return parts.join(' ') || 'Nothing stops, and they need do nothing.';
}

/** The link for the customers who must authorise again, and some of their SIDs. */
function again({ origin }: AccountCall, { app, waiting, wanted, sets }: Preview): Html | null {
  if (waiting.length === 0) return null;
  const all = sets
    .filter(({ permissions }) => lacks(permissions, wanted))
    .reduce((sum, { count }) => sum + count, 0);
  const more = all - waiting.length;
  return html`<section class="panel" aria-labelledby="again">
    <h2 id="again">${counted(all, 'customer')} must authorize again</h2>
    <p>Send them this link. The app's page then shows how many are left.</p>
    <p>${code(`${origin}/authorize/${app.sid}`)}</p>
    <ul>
      ${waiting.map(({ subaccount_sid }) => html`<li>${code(subaccount_sid)}</li>`)}
    </ul>
    ${more > 0 ? html`<p class="muted">And ${more.toLocaleString('en')} more.</p>` : null}
  </section>`;
}

/** Whether a set of granted permissions has less than the app would ask for. */
export function lacks(granted: string, wanted: string): boolean {
  const has = readPermissions(granted);
  return readPermissions(wanted).some((permission) => !has.includes(permission));
}
