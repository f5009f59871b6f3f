import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PathGlob } from './path-glob.ts';

suite('a path with stars', () => {
  for (const [glob, path, fits] of [
    ['/v1/Things', '/v1/Things', true],
    ['/v1/Things', '/v1/Thing', false],
    ['/v1/Things', '/v1/Things/', false],
    ['/v1/a.json', '/v1/axjson', false],
    ['/v1/*', '/v1/', true],
    ['/v1/*', '/v1/Things', true],
    ['/v1/*', '/v1/Things/1', false],
    ['/v1/**', '/v1/Things/1', true],
    ['/v1/**', '/v1', false],
    ['/v1/***', '/v1/Things/1', true],
    ['/v1/*/b*/c', '/v1/a/bb/c', true],
    ['/v1/*/b*/c', '/v1/a/a/bb/c', false],
    ['/v1/**/b*/c', '/v1/a/a/bb/c', true],
    ['/v1/**a**', '/v1/x/y', false],
    ['/v1/*', '/v1/a\nb', true],
    ['/v1/a*', '/v1/a*b', true],
  ] as const) {
    test(`${glob} ${fits ? 'fits' : 'does not fit'} ${JSON.stringify(path)}`, () => {
      assert.equal(new PathGlob(glob).fits(path), fits);
    });
  }

  test('is compared quickly, even if its stars can match a path in many ways', () => {
    const path = `/v1/${'a'.repeat(8_000)}`;
    const glob = `/v1/${'**a'.repeat(80)}`;
    assert.equal(new PathGlob(`${glob}b`).fits(path), false);
    assert.equal(new PathGlob(glob).fits(path), true);
  });
});
