import { fetchCall } from '../calls/call-store.ts';
import type { Page, PageRequest, Position } from '../db/keyset.ts';
import { type Call, type Endpoint, listEndpoint } from '../http/endpoint.ts';
import { NotFound } from '../kit/api-error.ts';
import { fetchNumber } from '../numbers/incoming-phone-number-store.ts';
import { fetchRecording } from '../recordings/recording-store.ts';
import { ABSENT_LISTS, type AbsentList, absentResource, pathOf } from './absent-lists.ts';

type Finds = (db: Call['db'], account_sid: string, sid: string) => Promise<unknown>;

/** Finds the resource above an absent list, by the name of its path parameter. */
const PARENTS: Readonly<Record<string, Finds>> = {
  CallSid: fetchCall,
  IncomingPhoneNumberSid: fetchNumber,
  RecordingSid: fetchRecording,
};

/** An empty page, at any place in the list. */
function nothingOn({ page, from }: PageRequest): Page<Position> {
  const isLater = from?.direction === 'after' || (from === null && page > 0);
  return { rows: [], has_next: false, has_previous: isLater };
}

/** The lists that are always empty. The resource above such a list must exist all the same. */
export const absentListEndpoints: readonly Endpoint[] = ABSENT_LISTS.map(absentListEndpoint);

function absentListEndpoint(list: AbsentList): Endpoint {
  const [, parameter = ''] = /:(\w+)/.exec(list.below) ?? [];
  const find = PARENTS[parameter];
  const endpoint = listEndpoint({
    id: list.id,
    summary: `Nothing: ${list.below.replaceAll(/:\w+\//g, '')} are not part of Tieline`,
    path: pathOf(list.below),
    operation: 'resource.read',
    resource: absentResource(list),
    async handle({ db, account_sid, path }, page) {
      const { [parameter]: sid = '' }: Readonly<Record<string, string>> = path;
      if (find && !(await find(db, account_sid, sid))) throw new NotFound();
      return nothingOn(page);
    },
    present: () => ({}),
  });
  return { ...endpoint, absent: true };
}
