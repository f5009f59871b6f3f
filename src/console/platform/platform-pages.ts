import { ACCOUNT_TYPES } from '../../accounts/account.ts';
import { createAccount } from '../../accounts/create-account.ts';
import { listCarrierStates } from '../../carriers/carrier-health.ts';
import { operatorPage, type Page, type PersonCall, seeOther, view } from '../../http/pages/page.ts';
import { FRIENDLY_NAME_LENGTH, fields, oneOf, readFields } from '../../http/parameters/fields.ts';
import { singleValue } from '../../http/parameters/form.ts';
import { nameText } from '../../http/parameters/name-fields.ts';
import { orNotFound } from '../../kit/api-error.ts';
import { readPage } from '../../pages/pager.ts';
import { choices } from '../../pages/widgets.ts';
import { invitePerson } from '../../people/links/make-link.ts';
import { fetchUnpricedWords } from '../../usage/unpriced.ts';
import { fetchDelivery } from '../../webhooks/delivery-store.ts';
import { listUndelivered } from '../../webhooks/list-undelivered.ts';
import { replayDelivery } from '../../webhooks/replay-delivery.ts';
import { searchAccounts } from '../parts/account-list-store.ts';
import type { Attention } from '../parts/attention.ts';
import { accountNameField, formBody } from '../parts/console-views.ts';
import { emailField, invitationView } from '../parts/people-views.ts';
import { PLATFORM } from '../parts/platform-frame.ts';
import { readSearchText } from '../parts/search-text.ts';
import { platformAttention } from './platform-attention.ts';
import { accountsBody } from './platform-views.ts';
import { webhooksBody } from './platform-webhook-views.ts';

/** The operators' pages of all accounts and of undelivered webhooks. */

const section = 'operator';
const SEARCH_LENGTH = 64;
const MAX_SHOWN = 100;

const platformPage = operatorPage({
  id: 'Platform',
  path: PLATFORM,
  async show(call) {
    const request = readPage(call.query);
    const text = readSearchText(call.query, 'q', SEARCH_LENGTH);
    const found = await searchAccounts(call.db, text, request);
    const unpriced = await fetchUnpricedWords(call.app);
    const isFirst = text === '' && request.from === null && request.page === 0;
    const attention = isFirst ? await readAttention(call) : null;
    const body = accountsBody(call, { text, found, request, unpriced, attention });
    return view({ title: 'Platform', section, body });
  },
});

/** The things of the platform that need attention, for the first page of accounts. */
async function readAttention({ app, db }: PersonCall): Promise<Attention[]> {
  const undelivered = await listUndelivered(db, {}, MAX_SHOWN);
  return platformAttention({ carriers: listCarrierStates(app), ...undelivered, most: MAX_SHOWN });
}

const newAccountInput = fields({
  FriendlyName: nameText(FRIENDLY_NAME_LENGTH),
  Type: oneOf(ACCOUNT_TYPES),
});

const TYPE_HELP = {
  Full: 'Can authorize apps and make Connect apps. Its usage is billed.',
  Trial: 'Can look around. An upgrade makes it Full.',
};

const newAccountPage = operatorPage({
  id: 'PlatformNewAccount',
  path: `${PLATFORM}/accounts/new`,
  sensitive: true,
  show: (call) =>
    view({
      title: 'New account',
      section,
      body: formBody(call, {
        action: `${PLATFORM}/accounts/new`,
        fields: [
          accountNameField(call, null),
          choices(call, {
            name: 'Type',
            legend: 'Type',
            type: 'radio',
            options: ACCOUNT_TYPES.toReversed().map((type) => ({
              value: type,
              label: type,
              help: TYPE_HELP[type],
              checked: type === 'Full',
            })),
          }),
          emailField(call, 'The address of its first person. You get a link that invites them.'),
        ],
        label: 'Create account',
        back: PLATFORM,
      }),
    }),
  submit: makeAccount,
});

/** Makes an account, and with an address the link by which its first person signs up. */
async function makeAccount(call: PersonCall) {
  const { friendly_name, type } = readFields(newAccountInput, call.form);
  const email = singleValue(call.form, 'Email')?.trim() ?? '';
  const { sid, secret } = await call.change(async (act) => {
    const account = await createAccount(act, { friendly_name, type, owner: null });
    const wanted = { account_sid: account.sid, email };
    return { sid: account.sid, secret: email === '' ? null : await invitePerson(act, wanted) };
  });
  const back = `${PLATFORM}/accounts/${sid}`;
  return secret === null
    ? seeOther(back, { notice: 'The account is made.' })
    : invitationView(call.origin, secret, { email, section, back });
}

const webhooksPage = operatorPage({
  id: 'PlatformWebhooks',
  path: `${PLATFORM}/webhooks`,
  async show(call) {
    const undelivered = await listUndelivered(call.db, {}, MAX_SHOWN);
    return view({
      title: 'Undelivered webhooks',
      section,
      body: webhooksBody(call, undelivered, MAX_SHOWN),
    });
  },
});

const replayPage = operatorPage({
  id: 'PlatformReplayWebhook',
  path: `${PLATFORM}/webhooks/:DeliverySid/replay`,
  async submit(call) {
    await call.change(async (act) => {
      const delivery = orNotFound(await fetchDelivery(act.tx, call.path.DeliverySid));
      await replayDelivery(act, delivery);
    });
    return seeOther(`${PLATFORM}/webhooks`, { notice: 'It is being sent again.' });
  },
});

export const platformPages: readonly Page[] = [
  platformPage,
  newAccountPage,
  webhooksPage,
  replayPage,
];
