import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** A fenced block of a guide. */
export interface Block {
  readonly language: string;
  /** The file name under which the program is saved. */
  readonly name: string | undefined;
  readonly code: string;
}

/** The fenced blocks of a text, or of one of its sections. */
export function blocksOf(file: string, section?: string): Block[] {
  const whole = readFileSync(file, 'utf8');
  const markdown = section ? (whole.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '') : whole;
  const fenced = [...markdown.matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm)];
  assert.ok(fenced.length > 0);
  return fenced.map(([, language = '', name, code = '']) => ({ language, name, code }));
}

/** The same blocks with other addresses. */
export function at(addresses: Record<string, string>, blocks: readonly Block[]): Block[] {
  return blocks.map((block) => {
    let { code } = block;
    for (const [from, to] of Object.entries(addresses)) code = code.replaceAll(from, to);
    return { ...block, code };
  });
}
