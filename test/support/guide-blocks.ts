import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** A fenced block of a guide. */
export interface Block {
  /** The word after the fence; empty when there is none. */
  readonly language: string;
  /** The file name under which the program is saved. */
  readonly name: string | undefined;
  readonly code: string;
  /** The heading above the block, and the line of its fence. */
  readonly heading: string;
  readonly line: number;
}

/** The fence of a block. One with more than three marks may hold other fences. */
const FENCE = /^(`{3,})(\w*)(?: (\S+))?$/;

/** Every fenced block of a file, with those that have no language. */
export function everyBlockOf(file: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: (Omit<Block, 'code'> & { mark: string; code: string }) | undefined;
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (open && text === open.mark) {
      const { mark: _, ...block } = open;
      blocks.push(block);
      open = undefined;
    } else if (open) {
      open.code += `${text}\n`;
    } else {
      heading = /^#+ (.*)$/.exec(text)?.[1] ?? heading;
      const [, mark, language = '', name] = FENCE.exec(text) ?? [];
      if (mark) open = { mark, language, name, code: '', heading, line: index + 1 };
    }
  }
  assert.ok(!open, `${file}:${open?.line} begins a block without an end`);
  return blocks;
}

/** The blocks with a language of a file, or of one of its sections. */
export function blocksOf(file: string, section?: string): Block[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const start = section === undefined ? 0 : lines.indexOf(`## ${section}`);
  assert.ok(start >= 0, `${file} has no section "${section}"`);
  const next = lines.findIndex((line, index) => index > start && line.startsWith('## '));
  const end = section === undefined || next === -1 ? lines.length : next;
  const found = everyBlockOf(file).filter(({ language, line }) => {
    return language !== '' && line > start && line <= end;
  });
  assert.ok(found.length > 0, `${file} has no block in "${section}"`);
  return found;
}

/** The same blocks with other addresses. */
export function at(addresses: Record<string, string>, blocks: readonly Block[]): Block[] {
  return blocks.map((block) => {
    let { code } = block;
    for (const [from, to] of Object.entries(addresses)) code = code.replaceAll(from, to);
    return { ...block, code };
  });
}
