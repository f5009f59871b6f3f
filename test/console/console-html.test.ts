import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

/** The stand-in for an expression in the text of a template. */
const HOLE = '\u0000';

/** The texts of every template with the `html` tag, nested ones too. */
function htmlTemplates(source: string): string[] {
  const found: string[] = [];
  for (const { index } of source.matchAll(/\bhtml`/g)) {
    found.push(readTemplate(source, index + 'html`'.length).text);
  }
  return found;
}

/** Reads a template after its opening backtick. @returns its text and its end */
function readTemplate(source: string, start: number): { text: string; end: number } {
  let text = '';
  let at = start;
  while (at < source.length) {
    const char = source[at] ?? '';
    if (char === '\\') {
      text += source.slice(at, at + 2);
      at += 2;
    } else if (char === '`') {
      return { text, end: at + 1 };
    } else if (source.startsWith('${', at)) {
      text += HOLE;
      at = skipExpression(source, at + 2);
    } else {
      text += char;
      at += 1;
    }
  }
  throw new Error('a template without its end');
}

/** The position after the closing brace of the expression that begins here. */
function skipExpression(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (depth > 0) {
    const rest = source.slice(at);
    const skipped = /^(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(
      rest,
    );
    if (skipped) {
      at += skipped[0].length;
      continue;
    }
    const char = source[at];
    if (char === undefined) throw new Error('an expression without its end');
    if (char === '`') {
      at = readTemplate(source, at + 1).end;
      continue;
    }
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    at += 1;
  }
  return at;
}

/** Attributes whose value is an expression without quotes. Escaping does not protect them. */
function unquotedIn(template: string): string[] {
  const rest = template.replaceAll(/=\s*(?:"[^"]*"|'[^']*')/g, '=""');
  return [...rest.matchAll(/[\w-]+\s*=\s*\0/g)].map(([match]) => match);
}

suite('templates', () => {
  test('give every attribute its quotes', () => {
    let templates = 0;
    for (const file of globSync('src/**/*.ts')) {
      for (const template of htmlTemplates(readFileSync(file, 'utf8'))) {
        templates += 1;
        assert.deepEqual(unquotedIn(template), [], `${file}: ${template}`);
      }
    }
    assert.ok(templates > 200);
  });

  test('without quotes fail this check', () => {
    const bad = 'html`<a href=${url} title="${x ? html`<b id=${y}>` : \'\'}">`';
    assert.deepEqual(
      htmlTemplates(bad).map((template) => unquotedIn(template).length),
      [1, 1],
    );
    assert.deepEqual(htmlTemplates('html`<a href="${a}?q=${b}">`').flatMap(unquotedIn), []);
  });
});
