import { readFileSync } from 'node:fs';

/** The table of the environment's variables in the README. */
const TABLE = /\| variable \| \|\n\|---\|---\|\n(?:\|.*\n)+/;

/** The page of the settings, from the table that the README has. */
export function settingsPage(): string {
  const [table] = TABLE.exec(readFileSync('README.md', 'utf8')) ?? [];
  if (table === undefined) throw new Error('README.md has no table of variables');
  return `# Settings

Tieline has no file of settings. Flags of [\`tieline serve\`](commands.md#tieline-serve) come first, then variables of the
environment. A wrong value ends the start with status 2 and one sentence that names the setting and its rule.

${table.replaceAll('](docs/', '](../')}
In production \`TIELINE_SECRET_KEY\`, \`TIELINE_PUBLIC_URL\` and a place of the data are required.
[Operating a platform](../guides/operations.md) has examples.
`;
}
