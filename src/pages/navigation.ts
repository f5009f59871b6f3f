/** One entry of the console's navigation. */
export interface NavigationEntry {
  /** The name of the section in a `View`. */
  readonly section: string;
  readonly label: string;
  readonly path: (account_sid: string) => string;
}

/** The entries on every page of an account. A feature with pages adds its line. */
export const NAVIGATION: readonly NavigationEntry[] = [
  { section: 'home', label: 'Overview', path: (sid) => `/console/${sid}` },
  {
    section: 'authorized-apps',
    label: 'Authorized Apps',
    path: (sid) => `/console/${sid}/authorized-apps`,
  },
  { section: 'usage', label: 'Usage', path: (sid) => `/console/${sid}/usage` },
  {
    section: 'usage-triggers',
    label: 'Usage Triggers',
    path: (sid) => `/console/${sid}/usage/triggers`,
  },
  { section: 'balance', label: 'Balance and Rates', path: (sid) => `/console/${sid}/balance` },
  { section: 'connect-apps', label: 'Connect Apps', path: (sid) => `/console/${sid}/connect-apps` },
  { section: 'numbers', label: 'Phone Numbers', path: (sid) => `/console/${sid}/numbers` },
  { section: 'messages', label: 'Messages', path: (sid) => `/console/${sid}/messages` },
  { section: 'calls', label: 'Calls', path: (sid) => `/console/${sid}/calls` },
  {
    section: 'connection-policies',
    label: 'Connection Policies',
    path: (sid) => `/console/${sid}/connection-policies`,
  },
  { section: 'notebook', label: 'Notebook', path: (sid) => `/console/${sid}/notebook` },
  { section: 'tokens', label: 'Auth Tokens', path: (sid) => `/console/${sid}/tokens` },
  { section: 'keys', label: 'API Keys', path: (sid) => `/console/${sid}/keys` },
  { section: 'people', label: 'People', path: (sid) => `/console/${sid}/people` },
  { section: 'audit-log', label: 'Audit Log', path: (sid) => `/console/${sid}/audit-log` },
];

/**
 * The page that moves a development server's clock. All pages link to it while the clock is ahead.
 */
export const CLOCK_PAGE = '/console/clock';
