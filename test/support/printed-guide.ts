import assert from 'node:assert/strict';

const withoutSpace = (lines: string) => lines.replaceAll(/\s/g, '');
const escaped = (literal: string) => literal.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/**
 * Compares what a block of a guide printed with its comments, in which `…` is anything. A slow
 * machine needs seconds for what a guide has `… ms` for.
 */
export function assertPrinted(code: string, printed: string): void {
  const documented = [...code.matchAll(/^# (.*)$/gm)].map(([, line = '']) => line).join('\n');
  const parts = withoutSpace(documented).replaceAll('…ms', '…s').split('…').map(escaped);
  const message = `The guide says:\n${documented}\n\nWhat was printed:\n${printed}`;
  assert.match(withoutSpace(printed), new RegExp(`^${parts.join('.*')}$`), message);
}
