import { globSync, readFileSync } from 'node:fs';
import { MESSAGE_ERRORS } from '../../../src/messages/message-error.ts';

/** A code and its text, such as `ApiError(400, 21300, 'text')`, `refusal(21201, 'text')` or `code: 21214, text: (to) => 'text'`. */
const SAID =
  /(?:(?:ApiError|super)\(\s*\d{3},\s*|refusal\(\s*|code:\s*)(\d{5}),\s*(?:text:\s*(?:\(\w+\) =>\s*)?)?(?:'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)"|`([^`]*)`)/g;
/** A function of `api-error.ts` with its code, and the first text that it is given. */
const HELPERS: Readonly<Record<string, string>> = {
  unauthenticated: '20003',
  forbidden: '20403',
  conflict: '20409',
  unavailable: '20503',
};
const CALL = new RegExp(
  String.raw`(?<!function )\b(${Object.keys(HELPERS).join('|')})\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)"|\`([^\`]*)\`)`,
  'g',
);

/** The texts of each code in the source, in the order of their files. */
export function textsOfCodes(): ReadonlyMap<string, ReadonlySet<string>> {
  const texts = new Map<string, Set<string>>();
  const add = (code: string, text: string) => {
    if (/^[^$]*[a-z]/i.test(text)) texts.set(code, (texts.get(code) ?? new Set()).add(text));
  };
  for (const file of globSync('src/**/*.ts').toSorted()) {
    if (file.endsWith('.test.ts')) continue;
    const source = withTexts(readFileSync(file, 'utf8'));
    for (const [, code = '', ...said] of source.matchAll(SAID)) add(code, shown(said));
    for (const [, name = '', ...said] of source.matchAll(CALL)) {
      add(HELPERS[name] ?? '', shown(said));
    }
  }
  for (const [code, text] of Object.entries(MESSAGE_ERRORS)) add(code, text);
  return texts;
}

/** Puts the text of `const why` into the errors that follow it. */
function withTexts(source: string): string {
  return source.replaceAll(
    /const why = (`[^`]*`|'[^'\n]*');[^]*?\d{5}, why\b/g,
    (whole, text: string) => whole.replace(/why$/, () => text),
  );
}

/** The text as a reader sees it, with `…` for its changing parts. */
function shown(said: readonly (string | undefined)[]): string {
  const text = said.find((one) => one !== undefined) ?? '';
  return text
    .replaceAll(/\$\{[^}]*\}/g, '…')
    .replaceAll("\\'", "'")
    .replace(/[ ,:]+$/, '…');
}

/** The page of the errors: the contract's list of codes, with the texts that the code has. */
export function errorsPage(): string {
  const contract = readFileSync('docs/contract/errors.md', 'utf8');
  const rows = [...contract.matchAll(/^\| (\d{5}) \| ([^|]+) \| ([^|]+) \|/gm)];
  const texts = textsOfCodes();
  const parts = rows.map(([, code = '', status = '', when = '']) =>
    partOf(code, status, when, [...(texts.get(code) ?? [])]),
  );
  const [, reasons = ''] = /\n## Tieline-Reason\n(.*?)(?=\n## )/s.exec(contract) ?? [];
  return `# Error codes

An error of the API has a \`code\`, a \`message\` and the HTTP \`status\`. A program should compare the code and the status,
because the texts can change. \`…\` stands for a part that differs from case to case. Codes without a status are the
\`error_code\` of a message, or appear in the timeline of a call, in callbacks and in the log.
[Errors](../contract/errors.md) has the form of the body and the sources.

## Tieline-Reason
${reasons.replace('**Ours:** a refusal', 'A refusal')}
${parts.join('\n')}`;
}

function partOf(code: string, status: string, when: string, texts: readonly string[]): string {
  const answered = status === '–' ? 'no answer has this code' : `status ${status}`;
  const list = texts.map((text) => `- \`${text.replaceAll('`', "'")}\`\n`).join('');
  return `## ${code}

${when.charAt(0).toUpperCase()}${when.slice(1)} (${answered}).
${list === '' ? '' : `\n${list}`}`;
}
