import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { addressOf } from '../../scripts/docs/addresses.ts';
import { plainText } from '../../scripts/docs/markdown.ts';
import { errorsPage, textsOfCodes } from '../../scripts/docs/reference/errors-page.ts';
import { SETTINGS } from '../../scripts/docs/reference/settings-list.ts';
import { buildSite } from '../../scripts/docs/site.ts';
import { explainsTerms, readTerms } from '../../scripts/docs/terms.ts';
import { tielineProgram } from '../../src/cli/program.ts';
import { readConfig } from '../../src/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The variables that `readConfig` asks for. */
function variablesRead(): string[] {
  const names = new Set<string>();
  const env = new Proxy<Record<string, string>>(
    {},
    {
      get(_, name) {
        names.add(String(name));
        return undefined;
      },
    },
  );
  readConfig({}, env);
  return [...names].toSorted();
}

suite('the page of settings', () => {
  test('has exactly the variables that the server reads', () => {
    const listed = SETTINGS.flatMap(({ variables }) => variables).toSorted();
    assert.deepEqual(listed, variablesRead());
  });

  test('has exactly the flags of tieline serve', () => {
    const serve = tielineProgram().commands.find((command) => command.name() === 'serve');
    const flags = serve?.options.map(({ long }) => long).filter((long) => long !== '--version');
    const listed = SETTINGS.flatMap(({ flag }) => (flag === undefined ? [] : [flag]));
    assert.deepEqual(listed.toSorted(), flags?.toSorted());
  });

  test('has the defaults of the server', () => {
    const { port, host, logLevel, data } = readConfig({}, {});
    const folder = data.engine === 'sqlite' ? data.folder : '';
    const fallbackOf = (wanted: string) => SETTINGS.find(({ flag }) => flag === wanted)?.fallback;
    assert.equal(fallbackOf('--port'), `\`${port}\``);
    assert.equal(fallbackOf('--host'), `\`${host}\``);
    assert.equal(fallbackOf('--data'), `\`${folder}\``);
    assert.match(fallbackOf('--log-level') ?? '', new RegExp(`^\`${logLevel}\``));
  });

  test('has every variable of the README, except those of the example data', () => {
    const readme = readFileSync('README.md', 'utf8');
    const variables = SETTINGS.flatMap((setting) => setting.variables);
    for (const name of variables) assert.ok(readme.includes(`\`${name}\``), name);
  });
});

suite('the page of error codes', () => {
  test('has every code of the contract, and every text of the code', () => {
    const page = errorsPage();
    const text = readFileSync('docs/contract/errors.md', 'utf8');
    // Tieline does not give the codes of an upstream itself.
    const [contract = ''] = text.split('\n## Codes of an upstream\n');
    const codes = [...contract.matchAll(/^\| (\d{5}) \|/gm)].map(([, code = '']) => code);
    assert.ok(codes.length > 60, `${codes.length} codes`);
    for (const code of codes) assert.ok(page.includes(`\n## ${code}\n`), code);
    for (const [code, texts] of textsOfCodes()) {
      assert.ok(codes.includes(code), code);
      const [, part = ''] = page.split(`\n## ${code}\n`);
      const [own = ''] = part.split('\n## ');
      for (const text of texts) assert.ok(own.includes(text.replaceAll('`', "'")), text);
    }
    const texts = textsOfCodes();
    // A constant of the code names these, and their texts say what is wrong with one parameter or document.
    const constants = ['10004', '21202', '21626', '12100', '12101', '12102'];
    const answered = [...contract.matchAll(/^\| (\d{5}) \| 4\d\d/gm)].map(([, code = '']) => code);
    const silent = answered.filter((code) => !texts.has(code));
    assert.deepEqual(silent.toSorted(), constants.toSorted());
  });

  test('has every key of Tieline-Reason that the code writes', () => {
    const page = errorsPage();
    const sources = ['src/access/policy.ts', 'src/http/absence.ts'].map((file) =>
      readFileSync(file, 'utf8'),
    );
    const keys = sources.flatMap((source) =>
      [...source.matchAll(/[`' ]([a-z]+)=(?:"\$|\?)/g)].map(([, key = '']) => key),
    );
    assert.ok(keys.length > 6, keys.join(' '));
    for (const key of keys) assert.ok(page.includes(`\`${key}\``), key);
  });
});

suite('a term of the trade', () => {
  using folder = temporaryFolder();
  let pages: Awaited<ReturnType<typeof buildSite>>['pages'] = [];
  before(async () => {
    ({ pages } = await buildSite(folder.path));
  });
  const htmlOf = (source: string) =>
    readFileSync(join(folder.path, addressOf(source), 'index.html'), 'utf8');

  test('has an explanation with an anchor', () => {
    const concepts = htmlOf('concepts.md');
    const terms = readTerms();
    for (const name of ['grant', 'subaccount', 'purse', 'trunk', 'twiml', 'segment', 'hmac']) {
      assert.ok(
        terms.some(({ id }) => id === `term-${name}`),
        name,
      );
    }
    for (const { id } of terms) assert.ok(concepts.includes(`<p id="${id}">`), id);
  });

  test('leads to its explanation on each page that uses it', () => {
    let links = 0;
    for (const { source, content } of pages.filter((page) => explainsTerms(page.source))) {
      const linked = content.matchAll(/<a class="term" href="[^"#]*#([^"]*)"/g);
      const ids = [...linked].map(([, id = '']) => id);
      assert.equal(new Set(ids).size, ids.length, `${source} links each term once`);
      links += ids.length;
      const prose = content
        .replaceAll(/<(pre|code|h[1-6]|a)\b[^>]*>.*?<\/\1>/gs, ' | ')
        .replaceAll(/<(span)\b[^>]*>.*?<\/\1>/gs, ' | ');
      for (const { id, pattern } of readTerms()) {
        if (ids.includes(id)) continue;
        const used = prose.split(/<[^>]*>|\n\n/).find((text) => pattern.test(plainText(text)));
        assert.equal(used, undefined, `${source} uses ${id} without a link: ${used}`);
      }
    }
    assert.ok(links > 200, `${links} links`);
  });
});
