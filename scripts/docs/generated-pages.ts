import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeApi } from '../../src/describe/openapi.ts';
import { ROUTES } from '../../src/routes.ts';
import { apiPages } from './reference/api-pages.ts';
import { commandPage } from './reference/command-page.ts';
import type { Description } from './reference/description.ts';
import { errorsPage } from './reference/errors-page.ts';
import { settingsPage } from './reference/settings-page.ts';
import { SECTIONS } from './sections.ts';

/** The pages without a file, as Markdown: references that the code writes, changes, the search. */
export function generatedPages(): ReadonlyMap<string, string> {
  const described = describeApi(ROUTES, 'http://localhost:4010') as unknown as Description;
  return new Map([
    ...apiPages(described),
    ['reference/commands.md', commandPage()],
    ['reference/settings.md', settingsPage()],
    ['reference/errors.md', errorsPage()],
    ['changelog.md', readFileSync('CHANGELOG.md', 'utf8').replaceAll('](docs/', '](')],
    ['adr/README.md', listPage(DECISIONS, 'docs/adr')],
    ['notebooks/README.md', listPage(NOTEBOOKS, 'docs/notebooks')],
    ['search.md', SEARCH],
  ]);
}

const DECISIONS = `# Decisions

Each of these pages has the reasons of one decision about the code of Tieline, in the order in which they were made.
`;

const NOTEBOOKS = `# Example notebooks

A notebook is a guide that runs: in the console, or by \`tieline notebook run\`. [Notebooks](../guides/notebooks.md) explains
it. These come with Tieline.
`;

/** A page that lists the pages of a folder by their titles. */
function listPage(head: string, folder: string): string {
  const files = globSync('*.md', { cwd: folder }).toSorted();
  const lines = files.map((file) => {
    const [, title = file] =
      /^(?:# |title: )(.*)$/m.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
    return `- [${title}](${file})`;
  });
  return `${head}\n${lines.join('\n')}\n`;
}

const SEARCH = `# Search

<div class="results full"></div>

## All pages

${SECTIONS.map(
  ({ title, entries }) =>
    `### ${title}\n\n${entries.map(({ source, label }) => `- [${label}](${source})`).join('\n')}\n`,
).join('\n')}`;
