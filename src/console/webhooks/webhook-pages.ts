import { html } from 'hono/html';
import { openPrimaryToken } from '../../accounts/open-primary-token.ts';
import type { Page, PageRequest } from '../../db/keyset.ts';
import {
  type AccountCall,
  accountPage,
  type Page as ConsolePage,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { type Form, singleValue } from '../../http/parameters/form.ts';
import { badRequest, orNotFound } from '../../kit/api-error.ts';
import { readPage } from '../../pages/pager.ts';
import { listAttempts } from '../../webhooks/delivery-store.ts';
import { askDoctor } from '../../webhooks/doctor/ask-doctor.ts';
import { type GivenCase, readCase } from '../../webhooks/doctor/read-case.ts';
import { replayDelivery } from '../../webhooks/replay-delivery.ts';
import { signText } from '../../webhooks/signature.ts';
import { type Delivery, isTwimlKind } from '../../webhooks/webhook.ts';
import { counted, formBody } from '../parts/console-views.ts';
import { listTree } from '../parts/doer-store.ts';
import { mergePages } from '../parts/merge-pages.ts';
import { readOrExplain } from '../parts/read-or-explain.ts';
import { deliveryBody } from './delivery-views.ts';
import { doctorBody } from './doctor-views.ts';
import { FILTER_FIELDS, readWebhookFilter, type WebhookFilter } from './webhook-filter.ts';
import { fetchSigned, listSigned, withLastAttempt } from './webhook-page-store.ts';
import { webhooksBody, webhooksPath } from './webhook-views.ts';
import { kindWords, parametersOf } from './webhook-words.ts';

/** The pages of the webhooks that an account signs, and the doctor of signatures. */

const WEBHOOKS = '/console/:AccountSid/webhooks';
const section = 'webhooks';
/** The most webhooks that one click sends again. */
const MAX_REPLAYED = 100;
/** A diagnosis computes up to 30 ms, so it counts as so many pages. */
const DOCTOR_WEIGHT = 25;

/** One page of the webhooks that the account and its subaccounts sign. */
async function readWebhooks(
  { db, account }: AccountCall,
  filter: WebhookFilter,
  request: PageRequest,
): Promise<Page<Delivery>> {
  const tree = await listTree(db, account.sid);
  return mergePages(
    request,
    tree.map((sid) => (page: PageRequest) => listSigned(db, sid, filter, page)),
  );
}

const listPage = accountPage({
  id: 'Webhooks',
  path: WEBHOOKS,
  async show(call) {
    const { db, query } = call;
    const request = readPage(query);
    const { value: filter, problem } = await readOrExplain(() => readWebhookFilter(query));
    const found = filter ? await readWebhooks(call, filter, request) : NONE;
    const rows = await withLastAttempt(db, found.rows);
    const filled = { ...call, form: query, problem };
    const status = problem ? { status: 400 } : {};
    const list = { found: { ...found, rows }, request, is_broken: problem !== null };
    return view({ title: 'Webhooks', section, ...status, body: webhooksBody(filled, list) });
  },
});

const NONE: Page<Delivery> = { rows: [], has_next: false, has_previous: false };

/** @throws ApiError 404 for a webhook that another account signs */
async function demandWebhook({ db, account, path }: AccountCall<'DeliverySid'>): Promise<Delivery> {
  return orNotFound(await fetchSigned(db, account.sid, path.DeliverySid));
}

const onePage = accountPage({
  id: 'Webhook',
  path: `${WEBHOOKS}/:DeliverySid`,
  async show(call) {
    const delivery = await demandWebhook(call);
    const attempts = await listAttempts(call.db, [delivery.sid]);
    return view({
      title: kindWords(delivery),
      section,
      body: deliveryBody(call, delivery, attempts),
    });
  },
});

const replayOnePage = accountPage({
  id: 'ReplayWebhook',
  path: `${WEBHOOKS}/:DeliverySid/replay`,
  async submit(call) {
    const { account, path } = call;
    await call.change(async (act) => {
      const delivery = orNotFound(await fetchSigned(act.tx, account.sid, path.DeliverySid));
      await replayDelivery(act, delivery);
    });
    const notice = 'The webhook is being sent again.';
    return seeOther(`${webhooksPath(account.sid)}/${path.DeliverySid}`, { notice });
  },
});

/** The webhooks of a filter that were given up, at most so many as one click sends again. */
async function readGivenUp(call: AccountCall, form: Form): Promise<Delivery[]> {
  const filter = { ...readWebhookFilter(form), result: 'dead' as const };
  const request = { page: 0, page_size: MAX_REPLAYED, from: null };
  const { rows } = await readWebhooks(call, filter, request);
  return rows.filter(({ kind }) => !isTwimlKind(kind));
}

const replayManyPage = accountPage({
  id: 'ReplayWebhooks',
  path: `${WEBHOOKS}/replay`,
  async show(call) {
    const form = call.problem ? call.form : call.query;
    const found = await readGivenUp(call, form);
    const own = webhooksPath(call.account.sid);
    const title = found.length === 0 ? 'Nothing to send again' : 'Send the webhooks again?';
    if (found.length === 0) {
      const body = html`<p>No webhook of this filter was given up. <a href="${own}">Back to the list</a></p>`;
      return view({ title, section, body });
    }
    const hosts = [...new Set(found.map(({ host }) => host))].slice(0, MAX_HOSTS_NAMED);
    const fields = html`<p>
        ${counted(found.length, 'webhook')} to ${hosts.join(', ')}, with the same idempotency tokens.
        At most ${MAX_REPLAYED} are sent again at a time.
      </p>
      ${FILTER_FIELDS.map(
        (name) =>
          html`<input type="hidden" name="${name}" value="${singleValue(form, name) ?? ''}" />`,
      )}`;
    const label = `Send ${counted(found.length, 'webhook')} again`;
    return view({
      title,
      section,
      body: formBody(call, { action: `${own}/replay`, fields, label, back: own }),
    });
  },
  async submit(call) {
    const wanted = await readGivenUp(call, call.form);
    if (wanted.length === 0) throw badRequest('No webhook of this filter was given up.');
    const { sid } = call.account;
    const sent = await call.change(async (act) => {
      let count = 0;
      for (const { sid: delivery_sid } of wanted) {
        // A double click finds those that the first click has sent again already.
        const delivery = await fetchSigned(act.tx, sid, delivery_sid);
        if (delivery?.state !== 'dead') continue;
        await replayDelivery(act, delivery);
        count += 1;
      }
      return count;
    });
    const notice = `${counted(sent, 'webhook')} ${sent === 1 ? 'is' : 'are'} being sent again.`;
    return seeOther(webhooksPath(sid), { notice });
  },
});

/** The most servers that the question names. */
const MAX_HOSTS_NAMED = 5;

const doctorPage = accountPage({
  id: 'SignatureDoctor',
  path: `${WEBHOOKS}/doctor`,
  weight: DOCTOR_WEIGHT,
  while_suspended: true,
  async show(call) {
    const filled = call.problem ? {} : await prefilled(call);
    return view({ title: 'Check a signature', section, body: doctorBody(call, filled, null) });
  },
  async submit(call) {
    const { account, app, db, form } = call;
    const given = readCase({
      Url: singleValue(form, 'Url') ?? '',
      Signature: singleValue(form, 'Signature') ?? '',
      Body: singleValue(form, 'Body'),
      Computed: singleValue(form, 'Computed'),
      ForwardedHost: singleValue(form, 'ForwardedHost'),
    });
    const found = await askDoctor(app, db, account, given);
    return view({ title: 'Check a signature', section, body: doctorBody(call, {}, found) });
  },
});

/** The request of a delivery, as it was sent, for the form. */
async function prefilled(call: AccountCall): Promise<Partial<GivenCase>> {
  const sid = singleValue(call.query, 'delivery');
  if (sid === undefined) return {};
  const { app, db, account } = call;
  const delivery = orNotFound(await fetchSigned(db, account.sid, sid));
  const last = (await listAttempts(db, [sid])).at(-1);
  if (!last || last.signed === null) return {};
  const token = await openPrimaryToken(app, db, delivery.signing_account_sid);
  const isForm = delivery.method === 'POST' && delivery.body_kind === 'form';
  const form = new URLSearchParams(parametersOf(delivery).map(([name, value]) => [name, value]));
  return {
    Url: last.url,
    Body: isForm ? form.toString() : delivery.method === 'POST' ? delivery.payload : '',
    Signature: signText(token, last.signed).signature,
  };
}

export const webhookPages: readonly ConsolePage[] = [
  listPage,
  doctorPage,
  replayManyPage,
  onePage,
  replayOnePage,
];
