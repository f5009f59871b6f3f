import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { controlPython } from '../../scripts/control-python.ts';
import { controlTypes } from '../../scripts/control-types.ts';
import { ROUTES } from '../../src/routes.ts';
import { CONTROL_CALLS, controlMethods } from '../../src/testing/control.ts';

/** A call that a method made. */
interface Made {
  readonly method: string;
  readonly path: string;
}

/** The value of each path parameter, and the argument of a method that does not read it. */
const ARGUMENT = 'X';

type Method = (...given: readonly unknown[]) => Promise<unknown>;

/** All methods by their names in the table. */
function methods(made: Made[]): Record<string, Method> {
  const { clock, ...rest } = controlMethods(async (method, path) => {
    made.push({ method, path: `/_tieline${path}` });
    return { now: '2026-03-18T23:31:36Z' };
  });
  const ofClock = Object.entries(clock).map(([name, method]) => [`clock.${name}`, method]);
  return Object.fromEntries([...Object.entries(rest), ...ofClock]) as Record<string, Method>;
}

suite('the methods of the test kit', () => {
  test('refuse arguments that would turn a call into another one, such as clearing all faults', async () => {
    const { clearFault, restore, balance } = controlMethods(() => assert.fail('nothing is asked'));
    for (const [given, shown] of [
      ['', '""'],
      ['.', '"."'],
      ['..', '".."'],
      [undefined, 'undefined'],
    ] as const) {
      for (const method of [clearFault, restore, balance]) {
        await assert.rejects(method(given as string), {
          name: 'TielineError',
          message: `${shown} is not a SID, id or name. Pass one as text.`,
        });
      }
    }
  });

  test('refuse an invalid Date', async () => {
    const { clock } = controlMethods(() => assert.fail('nothing is asked'));
    await assert.rejects(clock.set(new Date('tomorrow')), {
      name: 'TielineError',
      message: 'clock.set: the Date is not valid.',
    });
  });

  test('are one for each call of the control API', () => {
    const called = new Set<string>(Object.values(CONTROL_CALLS));
    assert.deepEqual(
      [...called].toSorted(),
      ROUTES.control.map(({ id }) => id).toSorted(),
      'a call without a method, or a method without a call: see src/testing/control.ts',
    );
  });

  test('each make the call that the table names, with its method and path', async () => {
    const made: Made[] = [];
    const byName = methods(made);
    assert.deepEqual(Object.keys(byName).toSorted(), Object.keys(CONTROL_CALLS).toSorted());
    for (const [name, id] of Object.entries(CONTROL_CALLS)) {
      const route = ROUTES.control.find((endpoint) => endpoint.id === id);
      made.length = 0;
      await byName[name]?.(...(name === 'route' ? [{}] : [ARGUMENT, {}]));
      for (const call of made) assert.doesNotMatch(call.path, /undefined|object/);
      const asked = made.map(({ method, path }) => ({ method, path: path.replace(/\?.*/, '') }));
      const path = route?.path.replaceAll(/:\w+/g, ARGUMENT);
      assert.deepEqual(asked, [{ method: route?.method, path: path ?? '' }], name);
    }
  });

  test('have the types of their calls’ schemas', () => {
    for (const [path, text] of [...controlTypes(), ...controlPython()]) {
      const isSame = readFileSync(path, 'utf8') === text;
      assert.ok(isSame, `${path} is out of date: run npm run control-types to write it again`);
    }
  });

  test('put odd names into a path as a single part', async () => {
    const made: Made[] = [];
    await controlMethods(async (method, path) => void made.push({ method, path })).restore(
      'a/../b?',
    );
    assert.deepEqual(made, [{ method: 'POST', path: '/snapshots/a%2F..%2Fb%3F/restore' }]);
  });
});
