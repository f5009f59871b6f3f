import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type Level, REQUIREMENTS } from './asvs-requirements.ts';
import { demandTests, namedTests } from './named-tests.ts';

const STATUSES = ['met', 'not applicable', 'not met'] as const;
const LEVELS = ['1', '2'] as const satisfies readonly Level[];
/** The limit for level 2. At level 1, only requirements that contradict Twilio's API are not met. */
const MOST_NOT_MET = 8;

const text = readFileSync('docs/asvs.md', 'utf8');
const rows = (text.match(/^\| \[\d.*$/gm) ?? []).map(readRow);

function readRow(line: string) {
  const [link = '', level = '', short = '', status = '', ...more] = line.slice(2, -2).split(' | ');
  const [, number = '', chapter = ''] = /^\[([\d.]+)\]\[V(\d+)\]$/.exec(link) ?? [];
  return { line, number, chapter, level, short, status, evidence: more.join(' | ') };
}

suite('docs/asvs.md', () => {
  test('has each requirement of levels 1 and 2 once, in its order and chapter', () => {
    assert.equal(REQUIREMENTS.size, 253);
    assert.deepEqual(
      rows.map(({ number }) => number),
      [...REQUIREMENTS.keys()],
    );
    for (const { number, chapter, level, line } of rows) {
      assert.equal(level, `L${REQUIREMENTS.get(number)}`, line);
      assert.equal(chapter, number.split('.')[0], line);
      assert.match(text, new RegExp(`^\\[V${chapter}\\]: https://github\\.com/OWASP/ASVS/`, 'm'));
    }
  });

  test('gives each requirement a status and its evidence', () => {
    for (const { status, short, evidence, line } of rows) {
      assert.ok(
        STATUSES.some((one) => one === status),
        line,
      );
      assert.ok(short !== '' && evidence !== '', line);
    }
  });

  test('names tests, code or pages that exist for each met requirement', () => {
    for (const { status, evidence, line } of rows) {
      demandTests(line);
      const places = [
        ...evidence.matchAll(/`((?:src|test|docs|scripts)\/[^`]+|\.?[\w-]+\.json)`/g),
      ];
      const pages = [...evidence.matchAll(/\]\(([^)#]+\.md)/g)];
      for (const [, place = ''] of places) assert.ok(existsSync(place), `${place}: ${line}`);
      for (const [, page = ''] of pages) assert.ok(existsSync(join('docs', page)), line);
      const named = namedTests(line).length + places.length + pages.length;
      if (status === 'met') assert.ok(named > 0, line);
    }
  });

  test('says of each unmet requirement the reason and the work of the operator', () => {
    const unmet = rows.filter(({ status }) => status === 'not met');
    for (const { level, evidence, line } of unmet) {
      assert.match(evidence, /Operator: \w/, line);
      if (level === 'L1') assert.match(evidence, /^Twilio's wire format: /, line);
    }
    assert.ok(unmet.filter(({ level }) => level === 'L2').length <= MOST_NOT_MET);
  });

  test('states the right counts at its beginning', () => {
    for (const level of LEVELS) {
      const counts = STATUSES.map(
        (status) => rows.filter((row) => row.level === `L${level}` && row.status === status).length,
      );
      const all = counts.reduce((sum, one) => sum + one, 0);
      assert.ok(text.includes(`| L${level} | ${[...counts, all].join(' | ')} |`), `L${level}`);
    }
  });
});
