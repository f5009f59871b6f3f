import {
  listSecurityEvents,
  listSecurityEventsOf,
  listSecurityEventsOfAccount,
  listSecurityKinds,
  type StoredSecurityEvent,
} from '../../audit/security-event-store.ts';
import type { Db } from '../../db/database.ts';
import type { PageRequest } from '../../db/keyset.ts';
import { operatorPage, type Page, personPage, view } from '../../http/pages/page.ts';
import { readPage } from '../../pages/pager.ts';
import { fetchNames } from '../parts/account-list-store.ts';
import { mergePages } from '../parts/merge-pages.ts';
import { readSearchText } from '../parts/search-text.ts';
import {
  ABOUT_LENGTH,
  OWN_SECURITY,
  ownSecurityBody,
  PLATFORM_SECURITY,
  platformSecurityBody,
} from './security-views.ts';

/** The pages of security events: a person's own, and everybody's for operators. */

/** The newest events whose kinds the filter offers. */
const KINDS_FROM_EVENTS = 1_000;
const KIND_LENGTH = 64;

function namesOf(db: Db, events: readonly StoredSecurityEvent[]) {
  const sids = events.flatMap(({ person_sid, account_sid }) => [person_sid, account_sid]);
  return fetchNames(db, [...new Set(sids.filter((sid) => sid !== null))]);
}

const ownSecurityPage = personPage({
  id: 'ProfileSecurity',
  path: OWN_SECURITY,
  async show(call) {
    const { db, person, accounts, query } = call;
    const request = readPage(query);
    const found = await mergePages(request, [
      (page) => listSecurityEventsOf(db, person.sid, page),
      ...accounts.map(
        ({ sid }) =>
          (page: PageRequest) =>
            listSecurityEventsOfAccount(db, sid, page),
      ),
    ]);
    const names = await namesOf(db, found.rows);
    return view({ title: 'Security', body: ownSecurityBody(call, { found, request, names }) });
  },
});

const platformSecurityPage = operatorPage({
  id: 'PlatformSecurity',
  path: PLATFORM_SECURITY,
  async show(call) {
    const { db, query } = call;
    const request = readPage(query);
    const kind = readSearchText(query, 'kind', KIND_LENGTH);
    const about = readSearchText(query, 'about', ABOUT_LENGTH);
    const filter = { kind: kind || undefined, about: about || undefined };
    const found = await listSecurityEvents(db, filter, request);
    const [names, kinds] = await Promise.all([
      namesOf(db, found.rows),
      listSecurityKinds(db, KINDS_FROM_EVENTS),
    ]);
    const body = platformSecurityBody(call, { found, request, names }, { kind, about, kinds });
    return view({ title: 'Security', section: 'operator', body });
  },
});

export const securityPages: readonly Page[] = [ownSecurityPage, platformSecurityPage];
