import { html } from 'hono/html';
import {
  heading,
  type Page,
  type PageAnswer,
  type PersonCall,
  personPage,
  seeOther,
  type View,
  view,
} from '../../http/pages/page.ts';
import { NotFound } from '../../kit/api-error.ts';
import { code, field, formToken, linkButton } from '../../pages/widgets.ts';
import {
  addTotp,
  type FirstCodes,
  removeFactor,
  replaceRecoveryCodes,
} from '../factors/change-second-factors.ts';
import { FACTOR_NAME_LENGTH } from '../factors/second-factor.ts';
import { listSecondFactors } from '../factors/second-factor-store.ts';
import { offerTotp, openOffer, showOffer, type TotpOffer } from '../factors/totp.ts';
import { addPasskey, offerPasskey } from '../sign-in/passkey.ts';
import { PASSKEY_SCRIPTS } from './passkey-assets.ts';
import { askFirstView, PROFILE, recoveryCodesView } from './profile-views.ts';
import { valueOf } from './sign-in-pages.ts';

/** Pages for adding and removing second factors. All of them need a recent proof of identity. */

/** A new secret, or the secret of the form when the form comes back with an error. */
function totpOfferOf(call: PersonCall): TotpOffer {
  const { app, person } = call;
  const issuer = `Tieline ${new URL(call.origin).hostname}`;
  const before = openOffer(app.keyRing, valueOf(call, 'Secret'), person.sid, app.realNow());
  return before ? showOffer(app.keyRing, before, person, issuer) : offerTotp(app, person, issuer);
}

const totpPage = personPage({
  id: 'AddTotp',
  path: `${PROFILE}/totp`,
  sensitive: true,
  show: (call) => totpView(call, totpOfferOf(call)),
  async submit(call) {
    const { change, person } = call;
    const entered = {
      sealed: valueOf(call, 'Secret'),
      code: valueOf(call, 'Code'),
      name: valueOf(call, 'Name'),
    };
    return added(await change((act) => addTotp(act, person.sid, entered)));
  },
});

function totpView(call: PersonCall, offer: TotpOffer): View {
  return view({
    title: 'Add an authenticator app',
    body: html`<ol class="steps">
        <li>
          <p>
            Open an app such as a password manager or an authenticator on your phone, and add an account
            with this secret:
          </p>
          <p class="secret">${code(offer.secret)}</p>
          <p>On the device that has the app, <a href="${offer.uri}">open the app with it</a>.</p>
        </li>
        <li>
          <p>Enter the code that the app then shows.</p>
          <form method="post" action="${PROFILE}/totp">
            ${formToken(call)} <input type="hidden" name="Secret" value="${offer.sealed}" />
            ${field(call, {
              name: 'Code',
              label: 'Code',
              required: true,
              maxlength: 10,
              inputmode: 'numeric',
              autocomplete: 'one-time-code',
            })}
            ${factorName(call, 'Authenticator app')}
            <div class="buttons">
              <button type="submit">Add</button>
              ${linkButton(PROFILE, 'Cancel')}
            </div>
          </form>
        </li>
      </ol>`,
  });
}

function factorName(call: PersonCall, otherwise: string) {
  return field(call, {
    name: 'Name',
    label: 'Name',
    maxlength: FACTOR_NAME_LENGTH,
    help: `The name on this page. The default is ${otherwise}.`,
  });
}

function added(codes: FirstCodes): PageAnswer {
  const notice = 'The second factor is added. From now on it is asked for after your password.';
  return codes === null ? seeOther(PROFILE, { notice }) : recoveryCodesView(codes, notice);
}

const passkeyPage = personPage({
  id: 'AddPasskey',
  path: `${PROFILE}/passkey`,
  sensitive: true,
  show: (call) =>
    view({
      title: 'Add a passkey',
      body: html`<p>
          A passkey is kept by your device, your browser or a security key. Your device asks for your
          finger, your face or its PIN, and nothing that could be stolen is sent.
        </p>
        <form
          method="post"
          action="${PROFILE}/passkey"
          data-passkey="create"
          data-options="${PROFILE}/passkey/options"
        >
          ${formToken(call)} <input type="hidden" name="Passkey" value="" />
          ${factorName(call, 'Passkey')}
          <p class="notice bad" role="alert" hidden></p>
          <noscript><p class="notice info">Adding a passkey needs JavaScript.</p></noscript>
          <div class="buttons">
            <button type="submit">Add</button>
            ${linkButton(PROFILE, 'Cancel')}
          </div>
        </form>
        ${PASSKEY_SCRIPTS}`,
    }),
  async submit(call) {
    const entered = { response: valueOf(call, 'Passkey'), name: valueOf(call, 'Name') };
    return added(await addPasskey(call, new URL(call.origin).origin, entered));
  },
});

const passkeyOptionsPage = personPage({
  id: 'AddPasskeyOptions',
  path: `${PROFILE}/passkey/options`,
  sensitive: true,
  async submit({ app, session, origin }) {
    const options = await offerPasskey(app, session, new URL(origin).origin);
    return { kind: 'file', type: 'application/json', bytes: JSON.stringify(options) };
  },
});

const removePage = personPage({
  id: 'RemoveSecondFactor',
  path: `${PROFILE}/factors/:FactorSid/remove`,
  sensitive: true,
  async show(call) {
    const factors = await listSecondFactors(call.db, call.person.sid);
    const factor = factors.find(({ sid }) => sid === call.path.FactorSid);
    if (!factor) throw new NotFound();
    const isLast = factors.length === 1;
    return askFirstView(call, {
      title: heading`Remove “${factor.name}”?`,
      text: isLast
        ? 'It is your last one. Afterwards your password alone is enough to log in, and the recovery codes are deleted.'
        : 'It no longer works. Your other second factors stay.',
      action: `${PROFILE}/factors/${factor.sid}/remove`,
      label: 'Remove',
      danger: true,
    });
  },
  async submit({ change, person, path }) {
    await change((act) => removeFactor(act, person.sid, path.FactorSid));
    return seeOther(PROFILE, { notice: 'The second factor is removed.' });
  },
});

const recoveryCodesPage = personPage({
  id: 'RecoveryCodes',
  path: `${PROFILE}/recovery-codes`,
  sensitive: true,
  show: (call) =>
    askFirstView(call, {
      title: 'Make new recovery codes?',
      text: 'The ones that you have stop working.',
      action: `${PROFILE}/recovery-codes`,
      label: 'Make new codes',
      danger: false,
    }),
  async submit({ change, person }) {
    return recoveryCodesView(await change((act) => replaceRecoveryCodes(act, person.sid)), null);
  },
});

export const secondFactorPages: readonly Page[] = [
  totpPage,
  passkeyPage,
  passkeyOptionsPage,
  removePage,
  recoveryCodesPage,
];
