import { html } from 'hono/html';
import {
  COMPANY_NAME_LENGTH,
  type ConnectApp,
  DESCRIPTION_LENGTH,
} from '../../connect-apps/connect-app.ts';
import type { NewConnectApp } from '../../connect-apps/create-connect-app.ts';
import { LOGO_UPLOAD_BYTES } from '../../connect-apps/logo.ts';
import { PERMISSION_WORDS } from '../../consent/permission-words.ts';
import type { Html, PageCall } from '../../http/pages/page.ts';
import {
  callbackUrl,
  clearableText,
  FRIENDLY_NAME_LENGTH,
  fields,
  httpMethod,
  pageUrl,
  readFields,
  setOf,
} from '../../http/parameters/fields.ts';
import type { Form } from '../../http/parameters/form.ts';
import { nameText } from '../../http/parameters/name-fields.ts';
import { PERMISSIONS, readPermissions } from '../../kit/permission.ts';
import { digestOf } from '../../kit/seal.ts';
import { appLogo, choices, field, formToken, linkButton } from '../../pages/widgets.ts';
import { counted } from '../parts/console-views.ts';

/**
 * The form that makes and changes a Connect app. It has every option of Twilio's console and
 * follows the API's rules. Only this form sets the terms of service, the logo and the signed
 * redirect.
 */

/**
 * The size limit of the whole form. A file too large for a logo is read up to this size, so that
 * the form comes back filled in, with the error beside the file.
 */
export const FORM_BYTES = 2 * LOGO_UPLOAD_BYTES;

/** The names of the fields, in labels and in error messages. */
const LABELS = {
  FriendlyName: 'Friendly name',
  CompanyName: 'Company name',
  Description: 'Description',
  HomepageUrl: 'Homepage URL',
  TermsOfServiceUrl: 'Terms of Service URL',
  AuthorizeRedirectUrl: 'Authorize URL',
  DeauthorizeCallbackUrl: 'Deauthorize URL',
  DeauthorizeCallbackMethod: 'Deauthorize URL HTTP method',
  Permissions: 'Access required',
} as const;

const FIELDS = fields({
  FriendlyName: nameText(FRIENDLY_NAME_LENGTH),
  CompanyName: nameText(COMPANY_NAME_LENGTH),
  Description: clearableText(DESCRIPTION_LENGTH),
  HomepageUrl: pageUrl,
  TermsOfServiceUrl: pageUrl,
  AuthorizeRedirectUrl: pageUrl,
  DeauthorizeCallbackUrl: callbackUrl,
  DeauthorizeCallbackMethod: httpMethod,
  Permissions: setOf(PERMISSIONS).refine(
    (permissions) => permissions.length > 0,
    'must be at least one of the two',
  ),
});

/**
 * Reads the app's values from the form.
 * @throws ApiError 400/20001 naming the first field that breaks its rule.
 */
export function readConnectAppForm(form: Form): NewConnectApp {
  const signed_redirect = form.get('SignedRedirect')?.includes('1') ? 1 : 0;
  return { ...readFields(FIELDS, asEntered(form)), signed_redirect };
}

/**
 * Corrects for browsers and pasting. Browsers write line breaks with two characters and send
 * nothing for boxes without a tick. People paste addresses with a space at the end.
 */
function asEntered(form: Form): Form {
  const trimmed = [...form].map(
    ([name, values]) => [name, values.map((one) => one.replaceAll('\r\n', '\n').trim())] as const,
  );
  return new Map([['Permissions', ['']], ...trimmed]);
}

/** A digest of an app's values, by which a form sees that somebody changed the app meanwhile. */
export function stateOf(app: ConnectApp): string {
  return digestOf(JSON.stringify(app));
}

export interface FormOf {
  /** The app to change; null when the form makes one. */
  readonly connect_app: ConnectApp | null;
  readonly logo: string | null;
  readonly customers: number;
  readonly action: string;
  readonly back: string;
}

export function connectAppForm(call: PageCall, form: FormOf): Html {
  const { connect_app, action, back } = form;
  return html`<form method="post" action="${action}" enctype="multipart/form-data" class="long">
    ${formToken(call)}
    ${connect_app && html`<input type="hidden" name="state" value="${stateOf(connect_app)}" />`}
    ${shown(call, form)} ${endpoints(call, connect_app)} ${access(call, form)}
    <div class="buttons">
      <button type="submit">${connect_app ? 'Save' : 'Create app'}</button>
      ${linkButton(back, 'Cancel')}
    </div>
  </form>`;
}

function labelled(name: keyof typeof LABELS) {
  return { name, label: LABELS[name] };
}

/** The fields that customers see. */
function shown(call: PageCall, form: FormOf): Html {
  const app = form.connect_app;
  return html`<section aria-labelledby="shown">
    <h2 id="shown">Details for customers</h2>
    <p class="muted">Customers see these on the consent page and under Authorized Apps.</p>
    ${field(call, {
      ...labelled('FriendlyName'),
      value: app?.friendly_name ?? null,
      required: true,
      help: `The name of the app. At most ${FRIENDLY_NAME_LENGTH} characters.`,
    })}
    ${logoField(call, form)}
    ${field(call, {
      ...labelled('CompanyName'),
      value: app?.company_name ?? null,
      required: true,
      autocomplete: 'organization',
      help: `The maker of the app. At most ${COMPANY_NAME_LENGTH} characters.`,
    })}
    ${field(call, {
      ...labelled('Description'),
      value: app?.description ?? null,
      rows: 3,
      help: `A few sentences on the app's use for its customers, who read them when they authorize.
        At most ${DESCRIPTION_LENGTH.toLocaleString('en')} characters.`,
    })}
    ${field(call, {
      ...labelled('HomepageUrl'),
      value: app?.homepage_url ?? null,
      ...URL_INPUT,
      help: 'The page about your app, with an absolute http or https address.',
    })}
    ${field(call, {
      ...labelled('TermsOfServiceUrl'),
      value: app?.terms_of_service_url ?? null,
      ...URL_INPUT,
      help: 'The page with the terms that customers accept by using your app.',
    })}
  </section>`;
}

const URL_INPUT = { type: 'url', inputmode: 'url', placeholder: 'https://' } as const;

function logoField(call: PageCall, { connect_app, logo }: FormOf): Html {
  const current =
    connect_app && logo !== null
      ? html`<p class="current">
          ${appLogo(connect_app.friendly_name, logo)}
          <span class="muted">This is the present logo. It stays unless you choose another file
          below.</span>
        </p>`
      : null;
  // Only a refused picture has an error message of its own.
  const again =
    call.files.has('Logo') && call.problem?.broken?.parameter !== 'Logo'
      ? html`<strong class="wrong">Choose the file again: a browser does not keep it.</strong>`
      : null;
  return html`${current}
  ${field(call, {
    name: 'Logo',
    label: 'Logo',
    type: 'file',
    accept: 'image/png,image/jpeg,image/webp',
    required: connect_app === null,
    help: html`${again} A PNG, JPEG or WebP image of at most 1 MiB; a square of 512 × 512 pixels is
      best. It is kept as a PNG of 256 × 256 pixels.`,
  })}`;
}

/** The fields with the app's own URLs. */
function endpoints(call: PageCall, app: ConnectApp | null): Html {
  const method = app?.deauthorize_callback_method ?? 'POST';
  return html`<section aria-labelledby="endpoints">
    <h2 id="endpoints">Endpoints</h2>
    ${field(call, {
      ...labelled('AuthorizeRedirectUrl'),
      value: app?.authorize_redirect_url ?? null,
      ...URL_INPUT,
      help: html`A customer's browser goes to this URL after the customer's answer. A customer who
      authorized brings <code>AccountSid</code>, the SID that your app works with for this
      customer, and the <code>state</code> of your button. A customer who denied brings only
      <code>error=unauthorized_client</code>. Keep the SID, then redirect to another page. Without
      this URL your app never learns the SID.`,
    })}
    ${choices(call, {
      name: 'SignedRedirect',
      legend: 'Signed redirect',
      type: 'checkbox',
      options: [
        {
          value: '1',
          label: 'Sign the redirect to the Authorize URL',
          checked: app?.signed_redirect === 1,
          help: html`Adds <code>Timestamp</code>, <code>Nonce</code> and <code>Signature</code>, so
            that your app can tell that a request with an <code>AccountSid</code> comes from here, and
            not from somebody who merely knows the SID.`,
        },
      ],
    })}
    ${field(call, {
      ...labelled('DeauthorizeCallbackUrl'),
      value: app?.deauthorize_callback_url ?? null,
      ...URL_INPUT,
      help: html`This server, never a browser, calls this URL when a customer revokes. The request
      has <code>AccountSid</code> and <code>ConnectAppSid</code>. It is signed with your account's
      primary auth token and repeated until your server answers 2xx. The URL may hold a user name
      and a password.`,
    })}
    ${choices(call, {
      ...labelled('DeauthorizeCallbackMethod'),
      legend: LABELS.DeauthorizeCallbackMethod,
      type: 'radio',
      options: [
        {
          value: 'POST',
          label: 'POST',
          checked: method === 'POST',
          help: 'In the body, as a form.',
        },
        { value: 'GET', label: 'GET', checked: method === 'GET', help: 'In the query of the URL.' },
      ],
    })}
  </section>`;
}

/** The permissions, in the words that customers read. */
function access(call: PageCall, { connect_app, customers }: FormOf): Html {
  const asked = connect_app ? readPermissions(connect_app.permissions) : [];
  return html`<section aria-labelledby="access">
    <h2 id="access">Permissions</h2>
    ${customers === 0 ? null : warning(customers)}
    ${choices(call, {
      ...labelled('Permissions'),
      legend: LABELS.Permissions,
      type: 'checkbox',
      help: 'Ask for what the app uses, and for no more.',
      options: PERMISSIONS.toReversed().map((permission) => ({
        value: permission,
        label: html`${PERMISSION_WORDS[permission].name} <code>${permission}</code>`,
        help: `Customers read: “${PERMISSION_WORDS[permission].allows}”`,
        checked: asked.includes(permission),
      })),
    })}
  </section>`;
}

function warning(customers: number): Html {
  const have = customers === 1 ? 'has' : 'have';
  return html`<p class="notice info" id="permissions-warning">
    <strong>${counted(customers, 'customer')} ${have} authorized this app.</strong> A permission that you take away ends for all of them
    the moment you save. One that you add counts for each of them only after authorizing the app again.
  </p>`;
}
