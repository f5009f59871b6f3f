import { signedIn } from '../../test/support/browser.ts';
import { addressOf, PAGES } from '../../test/support/console-world.ts';
import { loginOf, type Reply, type TestApp } from '../../test/support/test-app.ts';
import { type Data, openData } from './growth-data.ts';
import { type Filled, rowsOf, sidOf, timeOf } from './growth-fill.ts';

export const RECORD = 'record';
export const LIST = 'list by token';
export const PAGE = 'page';

export interface Read {
  readonly kind: typeof RECORD | typeof LIST | typeof PAGE;
  readonly name: string;
  readonly run: () => Promise<Reply>;
}

/** The product on its data, and everything that is read from it. */
export interface Subject {
  readonly app: TestApp;
  readonly reads: readonly Read[];
}

export async function subjectOf(data: Data): Promise<Subject> {
  const { size, world } = data;
  const app = await openData(data);
  const browser = await signedIn(app, world.operator);
  const login = loginOf(world.account);
  const sid = (table: Filled, prefix: string) => {
    const rows = rowsOf(table, size);
    return sidOf(prefix, Math.floor(rows / 2), rows);
  };
  const token = (table: Filled, prefix: string) => {
    const rows = rowsOf(table, size);
    const time = timeOf(Math.floor(rows / 2), rows);
    return `PageToken=PA${time.toString(36)}-${sid(table, prefix)}`;
  };
  const of = `/2010-04-01/Accounts/${world.account.sid}`;
  const get = (path: string) => () => app.get(`${of}/${path}`, login);
  const ofMessages = token('messages', 'SM');
  const reads: Read[] = [
    { kind: RECORD, name: 'a message', run: get(`Messages/${sid('messages', 'SM')}.json`) },
    { kind: RECORD, name: 'a call', run: get(`Calls/${sid('calls', 'CA')}.json`) },
    { kind: RECORD, name: 'usage of today', run: get('Usage/Records/Today.json') },
    { kind: LIST, name: '50 messages', run: get(`Messages.json?${ofMessages}`) },
    {
      kind: LIST,
      name: '50 messages to a number',
      run: get(`Messages.json?To=%2B14155550100&${ofMessages}`),
    },
    { kind: LIST, name: '50 calls', run: get(`Calls.json?${token('calls', 'CA')}`) },
  ];
  const tokens = {
    messages: ofMessages,
    calls: token('calls', 'CA'),
    webhooks: token('deliveries', 'DL'),
    'audit-log': token('audit_events', 'AE'),
  };
  for (const page of PAGES.filter(({ show }) => show)) {
    const address = addressOf(page, world);
    reads.push({ kind: PAGE, name: page.path, run: () => browser.get(address) });
    const further = tokens[page.path.split('/').at(-1) as keyof typeof tokens];
    if (further === undefined) continue;
    const run = () => browser.get(`${address}?${further}`);
    reads.push({ kind: PAGE, name: `${page.path}, by token`, run });
  }
  return { app, reads };
}
