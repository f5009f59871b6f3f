/** One entry of the navigation: a page by its source, with the label that the navigation shows. */
interface Entry {
  /** The source below docs/, or the name of a generated page. */
  readonly source: string;
  readonly label: string;
}

interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

const entry = (source: string, label: string): Entry => ({ source, label });

/** The navigation. The order of its entries is also the order of "next" and "previous". */
export const SECTIONS: readonly Section[] = [
  {
    title: 'Begin',
    entries: [
      entry('README.md', 'Overview'),
      entry('concepts.md', 'Concepts'),
      entry('start/connect-app.md', 'I build a Connect app'),
      entry('start/platform.md', 'I run a platform'),
    ],
  },
  {
    title: 'Build an app',
    entries: [
      entry('guides/connect-app.md', 'Write a Connect app'),
      entry('guides/consent.md', 'The consent page'),
      entry('guides/sdks.md', 'Use your SDK'),
      entry('guides/run.md', 'Run an unmodified program'),
      entry('guides/webhooks.md', 'Receive webhooks'),
      entry('guides/usage.md', 'Usage and money'),
      entry('guides/notebooks.md', 'Notebooks'),
      entry('notebooks/README.md', 'Example notebooks'),
    ],
  },
  {
    title: 'Test an app',
    entries: [
      entry('guides/testing.md', 'Test kit and numbers'),
      entry('guides/pytest.md', 'Test in Python'),
      entry('guides/clock.md', 'Move the clock'),
      entry('guides/ci.md', 'Continuous integration'),
      entry('guides/conformance.md', 'Compare another server'),
    ],
  },
  {
    title: 'Operate',
    entries: [
      entry('guides/operations.md', 'Operate a platform'),
      entry('guides/carriers.md', 'Connect a carrier'),
      entry('guides/own-carrier.md', 'Your own carrier'),
      entry('guides/postgresql.md', 'PostgreSQL'),
      entry('guides/monitoring.md', 'Watch a server'),
      entry('guides/rotating-the-key.md', 'Rotate the key'),
      entry('guides/from-0.1.md', 'Coming from data of 0.1'),
      entry('guides/leaving.md', 'Taking Tieline away'),
    ],
  },
  {
    title: 'Compatibility',
    entries: [
      entry('differences.md', 'Differences from Twilio'),
      entry('contract/README.md', 'The contract'),
      entry('contract/requests.md', 'Requests'),
      entry('contract/errors.md', 'Errors'),
      entry('contract/accounts.md', 'Accounts and keys'),
      entry('contract/connect.md', 'Connect'),
      entry('contract/usage.md', 'Usage'),
      entry('contract/messages.md', 'Messages'),
      entry('contract/calls.md', 'Calls'),
      entry('contract/twiml.md', 'TwiML'),
      entry('contract/numbers.md', 'Numbers'),
      entry('contract/recordings.md', 'Recordings'),
      entry('contract/voice.md', 'Voice resources'),
      entry('contract/webhooks.md', 'Webhooks'),
      entry('contract/clock.md', 'The clock'),
      entry('contract/notebooks.md', 'Notebooks'),
      entry('access.md', 'Permitted callers'),
    ],
  },
  {
    title: 'Reference',
    entries: [
      entry('reference/api.md', 'API'),
      entry('reference/control.md', 'Control API'),
      entry('reference/commands.md', 'Command line'),
      entry('reference/settings.md', 'Settings'),
      entry('reference/errors.md', 'Error codes'),
      entry('changelog.md', 'Changes'),
    ],
  },
  {
    title: 'Security and reasons',
    entries: [
      entry('threats.md', 'Threats'),
      entry('security/data.md', 'Data'),
      entry('security/keys.md', 'Keys'),
      entry('security/people.md', 'People'),
      entry('security/connections.md', 'Connections'),
      entry('security/limits.md', 'Limits'),
      entry('security/logs.md', 'Logs'),
      entry('security/components.md', 'Components'),
      entry('asvs.md', 'OWASP ASVS'),
      entry('adr/README.md', 'Decisions'),
    ],
  },
];

const LABELS = new Map(
  SECTIONS.flatMap(({ entries }) => entries.map(({ source, label }) => [source, label] as const)),
);

/** The pages of the navigation in its order. */
export const ORDER: readonly string[] = [...LABELS.keys()];

export function labelOf(source: string): string | undefined {
  return LABELS.get(source);
}
