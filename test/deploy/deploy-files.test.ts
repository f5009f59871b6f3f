import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { type Options, readConfig } from '../../src/config.ts';

const KUBERNETES = 'deploy/kubernetes';
const SECRETS = {
  TIELINE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  TIELINE_ADMIN_TOKEN: 'b5b2f6d0c1a94e7f8d3c2b1a09f8e7d6',
  DATABASE_URL: 'postgres://tieline:one@postgres/tieline',
};
/** The most that `systemd-analyze security` may say; 10 is a service without limits. */
const MAX_EXPOSURE = 2;

type Yaml = Record<string, unknown>;
interface Container {
  readonly args: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

const textOf = (file: string) => readFileSync(file, 'utf8');
const readme = textOf('README.md');

/** The settings of a file with a line `NAME=value` for each. */
function settingsOf(file: string): Record<string, string> {
  const lines = textOf(file).matchAll(/^([A-Z_]+)=(.*)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
}

/** The options of `tieline serve` with these arguments. */
function optionsOf([command, ...flags]: readonly string[]): Options {
  assert.equal(command, 'serve');
  const host = flags[flags.indexOf('--host') + 1];
  return { production: flags.includes('--production'), ...(host !== undefined && { host }) };
}

/** Reads production settings as the program does, and demands that the README knows each name. */
function accept(env: Record<string, string>, options: Options = { production: true }) {
  for (const name of Object.keys(env)) assert.ok(readme.includes(`\`${name}\``), name);
  const config = readConfig(options, { ...env, ...SECRETS });
  assert.equal(config.mode, 'production');
  return config;
}

suite('the unit of systemd', () => {
  test('has settings that production accepts', () => {
    accept(settingsOf('deploy/tieline.env'));
  });

  test('is right, and has few rights', () => {
    const file = 'deploy/tieline.service';
    // The program itself is not installed here.
    const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    const faults = `${verified.stdout}${verified.stderr}`
      .split('\n')
      .filter((line) => line.includes('tieline.service') && !line.includes('is not executable'));
    assert.deepEqual(faults, []);
    const parameters = ['security', '--offline=yes', file];
    const { stdout, stderr } = spawnSync('systemd-analyze', parameters, { encoding: 'utf8' });
    const [, exposure] = /Overall exposure level for tieline.service: ([\d.]+)/.exec(stdout) ?? [];
    assert.ok(Number(exposure) <= MAX_EXPOSURE, stdout + stderr);
  });
});

suite('the container', () => {
  test('has a Node.js that the package accepts', () => {
    const { engines } = JSON.parse(textOf('package.json')) as { engines: { node: string } };
    const [, least] = /^>=(\d+)/.exec(engines.node) ?? [];
    const majors = [...textOf('Dockerfile').matchAll(/^FROM .*?node(?:js|:)(\d+)/gm)];
    assert.equal(majors.length, 2);
    for (const [, major] of majors) assert.ok(Number(major) >= Number(least));
  });
});

suite('compose.yaml', () => {
  const { services } = parse(textOf('compose.yaml'), { merge: true }) as {
    services: Record<string, { environment: Record<string, string>; command?: string[] }>;
  };
  const given = { ...settingsOf('deploy/compose.env'), POSTGRES_PASSWORD: 'one', ...SECRETS };
  const fill = (text: string) =>
    text.replaceAll(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => {
      const value = (given as Record<string, string>)[name];
      assert.notEqual(value, undefined, name);
      return value ?? '';
    });

  test('starts each process with settings that production accepts', () => {
    for (const name of ['tieline-1', 'tieline-2']) {
      const { environment = {}, command = [] } = services[name] ?? {};
      const env = Object.entries(environment).map(([key, value]) => [key, fill(value)]);
      const config = accept(Object.fromEntries(env) as Record<string, string>, optionsOf(command));
      assert.equal(config.host, '0.0.0.0');
    }
  });

  test('leads Caddy to each process', () => {
    const upstreams = /reverse_proxy (.*) \{/.exec(textOf('deploy/Caddyfile.compose'))?.[1];
    const processes = Object.keys(services).filter((name) => name.startsWith('tieline-'));
    assert.deepEqual(
      upstreams?.split(' '),
      processes.map((name) => `${name}:4010`),
    );
  });
});

suite('the manifests for Kubernetes', () => {
  const kustomization = parse(textOf(join(KUBERNETES, 'kustomization.yaml'))) as Yaml;
  const documents = (kustomization['resources'] as string[]).flatMap((file) =>
    parseAllDocuments(textOf(join(KUBERNETES, file))).map((document) => document.toJS() as Yaml),
  );
  const find = (kind: string) => documents.find((document) => document['kind'] === kind) as Yaml;
  const podOf = (kind: string) => {
    const { template } = find(kind)['spec'] as Yaml & { template: Yaml };
    return template as {
      metadata: { labels: Yaml };
      spec: { containers: readonly [Container] };
    };
  };

  test('are all listed', () => {
    const files = readdirSync(KUBERNETES).filter((file) => file.endsWith('.yaml'));
    const listed = [...(kustomization['resources'] as string[]), 'kustomization.yaml'];
    assert.deepEqual(files.toSorted(), listed.toSorted());
  });

  test('have settings that production accepts', () => {
    const settings = find('ConfigMap')['data'] as Record<string, string>;
    const [container] = podOf('Deployment').spec.containers;
    const config = accept(settings, optionsOf(container.args));
    assert.deepEqual(
      container.ports?.map(({ containerPort }) => containerPort),
      [config.port, config.opsPort],
    );
    for (const name of Object.keys(SECRETS)) {
      assert.ok(textOf(join(KUBERNETES, 'README.md')).includes(`--from-literal=${name}=`), name);
    }
  });

  test('probe paths that answer', () => {
    const [container] = podOf('Deployment').spec.containers;
    const { livenessProbe, readinessProbe, startupProbe } = container;
    const paths = [livenessProbe, readinessProbe, startupProbe].map((probe) => probe?.httpGet);
    assert.deepEqual(paths, [
      { path: '/healthz', port: 'http' },
      { path: '/readyz', port: 'http' },
      { path: '/healthz', port: 'http' },
    ]);
  });

  test('choose the pods of the deployment', () => {
    const { labels } = podOf('Deployment').metadata;
    const selectors = documents.flatMap((document) => {
      const { selector, podSelector } = (document['spec'] ?? {}) as Record<string, Yaml>;
      const chosen = selector ?? podSelector;
      return chosen ? [chosen['matchLabels'] ?? chosen] : [];
    });
    assert.equal(selectors.length, 5);
    for (const selector of selectors) assert.deepEqual(selector, labels);
  });
});
