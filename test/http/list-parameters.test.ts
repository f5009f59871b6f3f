import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openApiOf, readFields } from '../../src/http/parameters/fields.ts';
import { parseForm } from '../../src/http/parameters/form.ts';
import { ROUTES } from '../../src/routes.ts';
import { validForm } from '../support/tenant.ts';

/** Every parameter with a list of words, and the words. */
const SETS = ROUTES.endpoints.flatMap((endpoint) =>
  Object.entries(endpoint.input.shape).flatMap(([name, field]) => {
    const { items } = openApiOf(field) as { items?: { enum?: readonly string[] } };
    return items?.enum ? [{ endpoint, name, words: items.enum }] : [];
  }),
);

suite('parameters of several words', () => {
  test('may be repeated, or be one value with spaces or commas', () => {
    const names = new Set(SETS.map(({ name }) => name));
    for (const name of ['StatusCallbackEvent', 'RecordingStatusCallbackEvent', 'Permissions']) {
      assert.ok(names.has(name), name);
    }
    for (const { endpoint, name, words } of SETS) {
      const read = (pairs: [string, string][]) => {
        const form = new URLSearchParams([...Object.entries(validForm(endpoint)), ...pairs]);
        return readFields(endpoint.input, parseForm(form.toString()));
      };
      const wanted = words.toReversed();
      const repeated = read(wanted.map((word) => [name, word]));
      assert.ok(Object.values(repeated).some((value) => Array.isArray(value) && value.length > 1));
      for (const one of [' ', ',', ', ', '  ', '\t'].map((between) => wanted.join(between))) {
        assert.deepEqual(read([[name, one]]), repeated, `${endpoint.id} ${name}=${one}`);
        assert.deepEqual(read([[`${name}[]`, ` ${one},`]]), repeated);
      }
      const code = name === 'StatusCallbackEvent' ? 21626 : 20001;
      for (const bad of ['never', `${words[0]} never`, words.join('')]) {
        assert.throws(() => read([[name, bad]]), {
          status: 400,
          code,
          message: new RegExp(`^${name} may hold .* only$`),
        });
      }
    }
  });
});
