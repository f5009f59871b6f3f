import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Route, RouteTable } from './route-table.ts';
import { ROUTED_METHODS, routedMethods } from './routed-methods.ts';

const handle: Route['handle'] = (_request, reply) => reply;

function tableOf(...routes: readonly string[]): RouteTable {
  const table = new RouteTable();
  for (const name of routes) {
    const [method = '', path = ''] = name.split(' ');
    const methods =
      method === 'ANY' ? ROUTED_METHODS : routedMethods(method as 'GET' | 'POST' | 'DELETE');
    table.add({ methods, path, operation: name, handle });
  }
  return table;
}

/** The route that is found, and the values of its parameters. */
function found(table: RouteTable, request: string): unknown {
  const [method = '', path = ''] = request.split(' ');
  const match = table.find(method, path);
  return match && [match.route.operation, match.path];
}

suite('the table of routes', () => {
  test('finds a path by its fixed segments before its parameters', () => {
    const table = tableOf(
      'GET /a/:One',
      'GET /a/fixed',
      'GET /a/fixed/x/:One',
      'GET /a/:One/y/:Two',
    );
    assert.deepEqual(found(table, 'GET /a/fixed'), ['GET /a/fixed', {}]);
    assert.deepEqual(found(table, 'GET /a/b'), ['GET /a/:One', { One: 'b' }]);
    const back = ['GET /a/:One/y/:Two', { One: 'fixed', Two: 'z' }];
    assert.deepEqual(found(table, 'GET /a/fixed/y/z'), back, 'the fixed segment leads nowhere');
    for (const path of ['/', '/a', '/a/', '/a/b/c', '/A/b', '/a//y/z', '//a/b']) {
      assert.equal(found(table, `GET ${path}`), null, path);
    }
  });

  test('does not lead a method that a fixed path lacks to a parameter', () => {
    const table = tableOf('DELETE /a/:One', 'GET /a/:One', 'GET /a/fixed', 'POST /a/fixed');
    assert.equal(found(table, 'DELETE /a/fixed'), null);
    assert.deepEqual(table.methodsOf('/a/fixed'), ['GET', 'POST']);
    assert.deepEqual(table.methodsOf('/a/b'), ['DELETE', 'GET']);
    assert.deepEqual(table.methodsOf('/b'), []);
    assert.deepEqual(found(table, 'HEAD /a/fixed'), ['GET /a/fixed', {}]);
  });

  test('decodes each segment, and finds no path that cannot be decoded', () => {
    const table = tableOf('GET /a/:One');
    assert.deepEqual(found(table, 'GET /%61/b%2Fc%20'), ['GET /a/:One', { One: 'b/c ' }]);
    assert.equal(found(table, 'GET /a/%zz'), null);
    assert.deepEqual(table.methodsOf('/a/%zz'), []);
  });

  test('tries a path with a star last, which needs a segment in its place', () => {
    const table = tableOf('ANY /a/*', 'GET /a/:One', 'ANY /a/b/c/*');
    assert.deepEqual(found(table, 'GET /a/x'), ['GET /a/:One', { One: 'x' }]);
    assert.deepEqual(found(table, 'PUT /a/x'), ['ANY /a/*', {}]);
    assert.deepEqual(found(table, 'GET /a/x/y/z'), ['ANY /a/*', {}]);
    assert.deepEqual(found(table, 'GET /a/b/c/d'), ['ANY /a/b/c/*', {}]);
    assert.equal(found(table, 'GET /a'), null);
    assert.deepEqual(table.methodsOf('/a/x/y'), [], 'it is no reason for a 405');
  });

  test('refuses two routes for one method of a path', () => {
    assert.throws(() => tableOf('GET /a/:One', 'GET /a/:Two'), /GET \/a\/:Two has two routes/);
  });
});
