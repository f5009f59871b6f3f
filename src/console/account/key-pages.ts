import { html } from 'hono/html';
import type { ApiKey } from '../../accounts/api-key.ts';
import { fetchApiKey, listApiKeys } from '../../accounts/api-key-store.ts';
import { createApiKey } from '../../accounts/create-api-key.ts';
import { removeApiKey } from '../../accounts/remove-api-key.ts';
import {
  type AccountCall,
  accountPage,
  type Html,
  heading,
  isolated,
  type Page,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { FRIENDLY_NAME_LENGTH, fields, readFields } from '../../http/parameters/fields.ts';
import { clearableName } from '../../http/parameters/name-fields.ts';
import { orNotFound } from '../../kit/api-error.ts';
import { pager, readPage } from '../../pages/pager.ts';
import { code, emptyState, field, linkButton, moment } from '../../pages/widgets.ts';
import { confirmView, formBody, rows, secretView } from '../parts/console-views.ts';

/** The pages of Standard API keys. Main keys may do what a token may, so operators make them. */

const KEYS = '/console/:AccountSid/keys';
const section = 'keys';
const keysOf = ({ account }: AccountCall) => `/console/${account.sid}/keys`;
const nameInput = fields({ FriendlyName: clearableName(FRIENDLY_NAME_LENGTH).optional() });

const keysPage = accountPage({
  id: 'ApiKeys',
  path: KEYS,
  async show(call) {
    const own = keysOf(call);
    const request = readPage(call.query);
    const found = await listApiKeys(call.db, call.account.sid, request);
    const isEmpty = found.rows.length === 0 && !found.has_previous;
    const create = linkButton(`${own}/new`, 'Create API key', 'primary');
    return view({
      title: 'API Keys',
      section,
      body: isEmpty
        ? emptyState('No API keys yet', WHAT_FOR, create)
        : html`<div class="head"><p>${WHAT_FOR}</p>${create}</div>
            ${rows(
              'API keys',
              found.rows.map((key) => ({
                name: html`${nameOf(key)} ${kindTag(key)}`,
                about: html`<p>${code(key.sid)}</p>
                  <p class="muted">Made ${moment(key.date_created)}.</p>`,
                actions: linkButton(`${own}/${key.sid}/delete`, 'Delete', 'danger'),
              })),
            )}
            ${pager(own, call.query, request, found)}`,
    });
  },
});

const WHAT_FOR =
  'A key lets one program use this account without its auth token. You can delete each key separately. ' +
  'A key can change neither accounts nor keys.';

function nameOf({ friendly_name }: ApiKey): Html {
  return friendly_name === null
    ? html`<span class="none">without a name</span>`
    : isolated(friendly_name);
}

function kindTag({ kind }: ApiKey): Html | null {
  return kind === 'main' ? html`<span class="tag">Main</span>` : null;
}

const newKeyPage = accountPage({
  id: 'NewApiKey',
  path: `${KEYS}/new`,
  sensitive: true,
  show: (call) =>
    view({
      title: 'New API key',
      section,
      body: formBody(call, {
        action: `${keysOf(call)}/new`,
        fields: field(call, {
          name: 'FriendlyName',
          label: 'Key name',
          help: 'For example the program that uses the key.',
          maxlength: FRIENDLY_NAME_LENGTH,
          autocomplete: 'off',
        }),
        label: 'Create API key',
        back: keysOf(call),
      }),
    }),
  async submit(call) {
    const { friendly_name = null } = readFields(nameInput, call.form);
    const account_sid = call.account.sid;
    const { key, secret } = await call.change((act) =>
      createApiKey(act, { account_sid, root_sid: account_sid, friendly_name, kind: 'standard' }),
    );
    return secretView({
      title: 'The new API key',
      section,
      intro: html`<p class="notice good" role="status">
        <strong>Copy the secret now.</strong> It is stored nowhere and cannot be shown again.
      </p>`,
      parts: [
        { label: 'SID, the user name', text: key.sid },
        { label: 'Secret, the password', text: secret },
      ],
      advice: html`<p>In an SDK, give them in place of the account's SID and token, and give the
      account's SID beside them.</p>`,
      back: keysOf(call),
      back_label: 'I have copied it; back to API Keys',
    });
  },
});

const deleteKeyPage = accountPage({
  id: 'DeleteApiKey',
  path: `${KEYS}/:KeySid/delete`,
  sensitive: true,
  async show(call) {
    const key = orNotFound(await fetchApiKey(call.db, call.account.sid, call.path.KeySid));
    return confirmView(call, {
      title: heading`Delete ${key.friendly_name ?? 'this API key'}?`,
      section,
      text: html`<p>${code(key.sid)}</p>
        <p>A program that uses this key is refused at once. A deleted key cannot come back.</p>`,
      action: `${keysOf(call)}/${key.sid}/delete`,
      label: 'Delete',
      back: keysOf(call),
    });
  },
  async submit(call) {
    await call.change((act) => removeApiKey(act, call.account.sid, call.path.KeySid));
    return seeOther(keysOf(call), { notice: 'The API key is deleted.' });
  },
});

export const keyPages: readonly Page[] = [keysPage, newKeyPage, deleteKeyPage];
