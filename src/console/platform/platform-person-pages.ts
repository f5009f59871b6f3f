import { html } from 'hono/html';
import { isAlive } from '../../access/session.ts';
import { fetchAccountsOfPerson } from '../../access/session-store.ts';
import type { Act } from '../../audit/act.ts';
import type { Db } from '../../db/database.ts';
import {
  heading,
  isolated,
  operatorPage,
  type Page,
  type PageCall,
  type PersonCall,
  seeOther,
  type View,
  view,
} from '../../http/pages/page.ts';
import { singleValue } from '../../http/parameters/form.ts';
import { badParameter, orNotFound } from '../../kit/api-error.ts';
import { deletePerson, type LeftAccounts } from '../../lifecycle/delete-person.ts';
import { readPage } from '../../pages/pager.ts';
import { formToken, linkButton } from '../../pages/widgets.ts';
import {
  changeOperator,
  disablePerson,
  enablePerson,
  renamePerson,
} from '../../people/change-person.ts';
import type { Person } from '../../people/person.ts';
import { findPerson, listAccountsAlone, searchPeople } from '../../people/person-life-store.ts';
import { endAllSessions, endSessionOf } from '../../people/sign-in/end-session.ts';
import { listSessions } from '../../people/sign-in/session-life-store.ts';
import { confirmView } from '../parts/console-views.ts';
import { readSearchText } from '../parts/search-text.ts';
import {
  isSelf,
  leftAccounts,
  leftChoice,
  PLATFORM_PEOPLE,
  peopleBody,
  personBody,
} from './platform-person-views.ts';

/** The operators' pages of people. */

const section = 'operator';
const PERSON = `${PLATFORM_PEOPLE}/:PersonSid` as const;
const SEARCH_LENGTH = 64;
const pathOf = ({ path }: PageCall<'PersonSid'>) => `${PLATFORM_PEOPLE}/${path.PersonSid}`;

/** @throws ApiError 404 */
async function demandPerson(db: Db, { path }: PageCall<'PersonSid'>): Promise<Person> {
  return orNotFound(await findPerson(db, path.PersonSid));
}

const listPage = operatorPage({
  id: 'PlatformPeople',
  path: PLATFORM_PEOPLE,
  async show(call) {
    const request = readPage(call.query);
    const text = readSearchText(call.query, 'q', SEARCH_LENGTH);
    const found = await searchPeople(call.db, text, request);
    return view({ title: 'People', section, body: peopleBody(call, { text, found, request }) });
  },
});

async function showPerson(call: PersonCall<'PersonSid'>): Promise<View> {
  const { db, app } = call;
  const person = await demandPerson(db, call);
  const [accounts, alone, sessions] = await Promise.all([
    fetchAccountsOfPerson(db, person.sid),
    listAccountsAlone(db, person.sid),
    listSessions(db, person.sid),
  ]);
  const open = sessions.filter((session) => isAlive(session, app.realNow()));
  const body = personBody(call, { person, accounts, alone, sessions: open });
  return view({ title: heading`${person.name}`, section, body });
}

/** Changes a person and goes back to the person's page. */
async function change(
  call: PersonCall<'PersonSid'>,
  deed: (act: Act, person: Person) => Promise<unknown>,
  notice: string,
) {
  await call.change(async (act) => deed(act, await demandPerson(act.tx, call)));
  return seeOther(pathOf(call), { notice });
}

const personPage = operatorPage({
  id: 'PlatformPerson',
  path: PERSON,
  show: showPerson,
  submit: (call) =>
    change(
      call,
      (act, person) => renamePerson(act, person, singleValue(call.form, 'Name') ?? ''),
      'Renamed.',
    ),
});

const sessionsPage = operatorPage({
  id: 'PlatformPersonSessions',
  path: `${PERSON}/sessions`,
  sensitive: true,
  show: showPerson,
  submit(call) {
    const one = singleValue(call.form, 'Session');
    return change(
      call,
      (act, { sid }) =>
        one === undefined ? endAllSessions(act, sid) : endSessionOf(act, sid, one),
      one === undefined ? 'Every session has ended.' : 'The session has ended.',
    );
  },
});

const disablePage = operatorPage({
  id: 'PlatformDisablePerson',
  path: `${PERSON}/disable`,
  sensitive: true,
  async show(call) {
    const person = await demandPerson(call.db, call);
    const alone = await listAccountsAlone(call.db, person.sid);
    return confirmView(call, {
      title: heading`Disable ${person.name}?`,
      section,
      text: html`<ul>
          <li>${isolated(person.name)} (${person.email}) is logged out everywhere and cannot log in.</li>
          <li>Auth tokens and API keys that they may have copied go on working.</li>
          <li>You can enable them at any time.</li>
        </ul>
        ${isSelf(call, person) ? html`<p class="notice info">This is you.</p>` : null}
        ${leftAccounts(alone)}`,
      action: `${pathOf(call)}/disable`,
      label: 'Disable',
      back: pathOf(call),
    });
  },
  submit: (call) => change(call, disablePerson, 'Disabled, and logged out everywhere.'),
});

const enablePage = operatorPage({
  id: 'PlatformEnablePerson',
  path: `${PERSON}/enable`,
  sensitive: true,
  show: showPerson,
  submit: (call) => change(call, enablePerson, 'Enabled: the old password works again.'),
});

const operatorFlagPage = operatorPage({
  id: 'PlatformOperatorFlag',
  path: `${PERSON}/operator`,
  sensitive: true,
  async show(call) {
    const person = await demandPerson(call.db, call);
    const { name, email, is_operator } = person;
    return confirmView(call, {
      title: is_operator
        ? heading`Take the platform away from ${name}?`
        : heading`Let ${name} run the platform?`,
      section,
      text: is_operator
        ? html`<p>
            ${isolated(name)} (${email}) no longer sees the page Platform. Their accounts stay.
          </p>`
        : html`<p>
            ${isolated(name)} (${email}) can see and change every account and everybody, you included.
          </p>`,
      action: `${pathOf(call)}/operator`,
      label: is_operator ? 'Take away' : 'Make an operator',
      back: pathOf(call),
      tone: is_operator ? 'danger' : 'primary',
    });
  },
  async submit(call) {
    let self = false;
    const answer = await change(
      call,
      (act, person) => {
        self = isSelf(call, person) && person.is_operator === 1;
        return changeOperator(act, person, person.is_operator ? 0 : 1);
      },
      'Saved.',
    );
    return self ? seeOther('/console', { notice: 'You no longer run the platform.' }) : answer;
  },
});

const deletePage = operatorPage({
  id: 'PlatformDeletePerson',
  path: `${PERSON}/delete`,
  sensitive: true,
  async show(call) {
    const person = await demandPerson(call.db, call);
    const alone = await listAccountsAlone(call.db, person.sid);
    return view({
      title: heading`Delete ${person.name}?`,
      section,
      body: html`<ul>
          <li>${isolated(person.name)} (${person.email}) is logged out everywhere, for good.</li>
          <li>Password, second factors and memberships are deleted. Their actions stay in the
          audit logs.</li>
          <li>Auth tokens and API keys that they may have copied go on working.</li>
        </ul>
        ${isSelf(call, person) ? html`<p class="notice info">This is you.</p>` : null}
        ${leftAccounts(alone)}
        <form method="post" action="${pathOf(call)}/delete">
          ${formToken(call)} ${alone.length === 0 ? null : leftChoice(call)}
          <div class="buttons">
            <button type="submit" class="danger">Delete</button>
            ${linkButton(pathOf(call), 'Cancel')}
          </div>
        </form>`,
    });
  },
  async submit(call) {
    const left = leftIn(call);
    await call.change(async (act) => deletePerson(act, await demandPerson(act.tx, call), left));
    return seeOther(PLATFORM_PEOPLE, { notice: 'The person is deleted.' });
  },
});

/** @throws ApiError 400 */
function leftIn({ form }: PageCall): LeftAccounts | null {
  const left = singleValue(form, 'Accounts');
  if (left === undefined || left === 'keep' || left === 'close') return left ?? null;
  throw badParameter('Accounts', 'must be keep or close');
}

export const platformPersonPages: readonly Page[] = [
  listPage,
  personPage,
  sessionsPage,
  disablePage,
  enablePage,
  operatorFlagPage,
  deletePage,
];
