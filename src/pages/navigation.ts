/** One entry of the console's navigation. */
export interface NavigationEntry {
  /** The name of the section in a `View`. */
  readonly section: string;
  readonly label: string;
  readonly path: (account_sid: string) => string;
}

/** Entries for one purpose, under its heading; the first group has none. */
export interface NavigationGroup {
  readonly label: string | null;
  readonly entries: readonly NavigationEntry[];
}

/** @param below the path of the page below the account's own */
function entry(section: string, label: string, below: string): NavigationEntry {
  return { section, label, path: (sid) => `/console/${sid}${below}` };
}

/** The entries on every page of an account. A feature with pages adds its line. */
export const NAVIGATION: readonly NavigationGroup[] = [
  { label: null, entries: [entry('home', 'Overview', '')] },
  {
    label: 'Connect',
    entries: [
      entry('authorized-apps', 'Authorized Apps', '/authorized-apps'),
      entry('connect-apps', 'Connect Apps', '/connect-apps'),
    ],
  },
  {
    label: 'Money',
    entries: [
      entry('usage', 'Usage', '/usage'),
      entry('statements', 'Statements', '/statements'),
      entry('usage-triggers', 'Usage Triggers', '/usage/triggers'),
      entry('balance', 'Balance and Rates', '/balance'),
    ],
  },
  {
    label: 'Communications',
    entries: [
      entry('messages', 'Messages', '/messages'),
      entry('calls', 'Calls', '/calls'),
      entry('numbers', 'Phone Numbers', '/numbers'),
      entry('voice-routing', 'Voice Routing', '/voice-routing'),
    ],
  },
  {
    label: 'Build',
    entries: [
      entry('webhooks', 'Webhooks', '/webhooks'),
      entry('notebook', 'Notebook', '/notebook'),
    ],
  },
  {
    label: 'Account',
    entries: [
      entry('tokens', 'Auth Tokens', '/tokens'),
      entry('keys', 'API Keys', '/keys'),
      entry('people', 'People', '/people'),
      entry('audit-log', 'Audit Log', '/audit-log'),
      entry('settings', 'Settings', '/settings'),
    ],
  },
];

/** The page that moves a development server's clock. All pages of such a server link to it. */
export const CLOCK_PAGE = '/console/clock';

/** The page with the results of the search field, which all pages have. */
export const FIND_PAGE = '/console/find';
/** Its section. Only this page fills the field with the text that was searched for. */
export const FIND_SECTION = 'find';
