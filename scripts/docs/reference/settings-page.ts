import { SETTINGS, type Setting } from './settings-list.ts';

/** The page of the settings. */
export function settingsPage(): string {
  return `# Settings

Tieline has no file of settings. Flags of [\`tieline serve\`](commands.md#tieline-serve) come first, then variables of the
environment, then the defaults. An empty variable counts as none. A wrong value ends the start with status 2 and one
sentence that names the setting and its rule.

${SETTINGS.map(partOf).join('\n')}
[Operating a platform](../guides/operations.md) has examples.
`;
}

function partOf({ variables, flag, does, values, fallback, production }: Setting): string {
  const names = [...variables, ...(flag === undefined ? [] : [flag])];
  const rows = [
    ['values', values],
    ['default', fallback],
    ...(production === undefined ? [] : [['production', production]]),
  ];
  const table = rows.map(([name, text]) => `| ${name} | ${text} |\n`).join('');
  return `## ${names.map((name) => `\`${name}\``).join(', ')}

${does.charAt(0).toUpperCase()}${does.slice(1)}.

| | |
|---|---|
${table}`;
}
