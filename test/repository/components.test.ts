import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

interface Locked {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};

suite('the components', () => {
  test('have one exact version each and come from the registry alone', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    for (const [name, version] of [
      ...Object.entries(dependencies),
      ...Object.entries(devDependencies),
      ...Object.entries(optionalDependencies),
    ]) {
      assert.match(version, /^(?:npm:[\w@/.-]+@)?\d+\.\d+\.\d+$/, name);
    }
    for (const [path, { integrity, resolved, link }] of Object.entries(lock.packages)) {
      if (path === '') continue;
      assert.ok(!link, `${path} is a link`);
      assert.match(integrity ?? '', /^sha512-/, path);
      if (resolved) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path);
    }
  });

  test('include each one that the page of most care names', () => {
    const page = readFileSync('docs/security/components.md', 'utf8');
    const [, careful = ''] = page.split('## Components that need the most care');
    const names = [...careful.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
    assert.ok(names.length > 5);
    const used = { ...manifest.dependencies, ...manifest.peerDependencies };
    for (const name of names) assert.ok(name in used, name);
  });
});
