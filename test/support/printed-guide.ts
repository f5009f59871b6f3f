import assert from 'node:assert/strict';

const withoutSpace = (lines: string) => lines.replaceAll(/\s/g, '');
const escaped = (literal: string) => literal.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/**
 * Compares the output of a guide's block with its comments. `…` in a comment fits any text, and
 * `… ms` also fits seconds, because the machine may be slow.
 */
export function assertPrinted(code: string, printed: string): void {
  const documented = [...code.matchAll(/^# (.*)$/gm)].map(([, line = '']) => line).join('\n');
  const parts = withoutSpace(documented).replaceAll('…ms', '…s').split('…').map(escaped);
  const message = `The guide says:\n${documented}\n\nWhat was printed:\n${printed}`;
  assert.match(withoutSpace(printed), new RegExp(`^${parts.join('.*')}$`), message);
}
