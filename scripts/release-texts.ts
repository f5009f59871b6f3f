/** The texts that a release changes. Each function makes a new text from the old one. */

const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;
const UNRELEASED = '## Unreleased\n';

/** @throws Error when the version is no x.y.z, or is older than the present one */
export function checkVersion(version: string, present: string): void {
  const [next, now] = [VERSION.exec(version), VERSION.exec(present)];
  if (!next || !now) throw new Error(`${version} is no version: write three numbers, as 1.2.3.`);
  const first = [1, 2, 3].map((at) => Number(next[at]) - Number(now[at])).find(Boolean) ?? 0;
  if (first < 0)
    throw new Error(`${version} is older than ${present}, the version of package.json.`);
}

/** Gives the changes since the last release the heading of this one, below an empty "Unreleased". */
export function releaseChangelog(text: string, version: string, date: string): string {
  const notes = notesOf(text, 'Unreleased');
  if (notes === '') throw new Error('CHANGELOG.md has no changes under "Unreleased".');
  const heading = `## ${version}, ${date}\n`;
  if (text.includes(`## ${version},`)) throw new Error(`CHANGELOG.md already has ${version}.`);
  return text.replace(UNRELEASED, () => `${UNRELEASED}\n${heading}`);
}

/** The changes under one heading, which begins with the name. */
export function notesOf(text: string, name: string): string {
  const sections = text.split(/^## /m).slice(1);
  const section = sections.find((one) => one.split(/[,\n]/, 1)[0] === name);
  return section?.slice(section.indexOf('\n')).trim() ?? '';
}

/** Replaces the version in a text with one line that begins with the words and holds it. */
export function setVersion(text: string, words: string, version: string): string {
  const lines = text.split('\n');
  const count = lines.filter((line) => line.startsWith(words)).length;
  if (count !== 1) throw new Error(`A version stands ${count} times after "${words.trim()}".`);
  return lines
    .map((line) => (line.startsWith(words) ? line.replace(/\d+\.\d+\.\d+/, version) : line))
    .join('\n');
}
