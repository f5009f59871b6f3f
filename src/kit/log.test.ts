import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openLog } from './log.ts';

const FORGED = '\n{"level":"info","msg":"forged"}\r\nINFO: forged\u001b[2J';

function logged(format: 'json' | 'pretty', write: (log: ReturnType<typeof openLog>) => void) {
  const written: string[] = [];
  write(openLog('info', { format, lines: { write: (line) => void written.push(line) } }));
  return written.join('');
}

suite('text from outside in the log', () => {
  test('forges no line, and changes no colour of the terminal', () => {
    for (const format of ['json', 'pretty'] as const) {
      const text = logged(format, (log) => log.info({ path: FORGED, host: FORGED }, 'request'));
      assert.equal(text.trimEnd().split(/[\r\n]/).length, 1, text);
      assert.ok(!text.includes('\u001b[2J'), format);
    }
  });

  test('forges no line of JSON through an error either', () => {
    const text = logged('json', (log) => log.error({ err: new Error(FORGED) }, 'an error'));
    assert.equal(text.trimEnd().split(/[\r\n]/).length, 1);
    assert.equal((JSON.parse(text) as { msg: string }).msg, 'an error');
  });
});
