import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { ROUTES } from '../../src/routes.ts';
import { testApp } from '../support/test-app.ts';

const PROMETHEUS = 'deploy/prometheus';
const DASHBOARD = 'deploy/grafana/dashboard.json';
/** The variable that Grafana replaces by a time. */
const INTERVAL = '$__rate_interval';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: readonly Panel[] };
const { groups } = parse(readFileSync(`${PROMETHEUS}/alerts.yml`, 'utf8')) as {
  groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const { tests } = parse(readFileSync(`${PROMETHEUS}/alerts.test.yml`, 'utf8')) as {
  tests: readonly {
    readonly alert_rule_test: readonly { alertname: string; exp_alerts: readonly unknown[] }[];
  }[];
};

/** Every expression, by the name of its panel or alert. */
const expressions = [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ...rules.map(({ alert, expr }) => ({ title: alert, expr })),
];

const NAMES = /\b(?:tieline|process|nodejs)_[a-z_]+/g;

suite('the dashboard and the alert rules', () => {
  test('have a paragraph for each alert in the guide', () => {
    const guide = readFileSync('docs/guides/operations.md', 'utf8');
    const headings = [...guide.matchAll(/^### (Tieline\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(
      headings,
      rules.map(({ alert }) => alert),
    );
  });

  test('name the series of /metrics with their labels and values', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { text } = await app.get('/metrics');
    const told = new Set(text.match(/^[a-z_]+(?=[ {])/gm));
    const known = new Map(ROUTES.metrics.map(({ name, labels }) => [name as string, labels]));
    for (const { title, expr } of expressions) {
      for (const [name] of expr.matchAll(NAMES)) {
        const metric = name.replace(/_(?:bucket|sum|count)$/, '');
        assert.ok(told.has(name) || known.has(metric), `${title}: ${name}`);
        if (name.startsWith('process')) assert.ok(told.has(name), `${title}: ${name}`);
      }
      for (const [, name = '', matchers = ''] of expr.matchAll(/(tieline_\w+)\{([^}]*)\}/g)) {
        const labels = known.get(name.replace(/_(?:bucket|sum|count)$/, '')) ?? {};
        for (const [, label = '', operator = '', value = ''] of matchers.matchAll(
          /(\w+)(=~|!=|=)"([^"]*)"/g,
        )) {
          if (label === 'instance') continue;
          const values = operator === '=~' ? value.split('|') : [value];
          for (const one of values) {
            assert.ok(labels[label]?.includes(one), `${title}: ${name}{${label}="${one}"}`);
          }
        }
      }
    }
  });

  test('show or watch every series', () => {
    const all = expressions.map(({ expr }) => expr).join('\n');
    for (const { name } of ROUTES.metrics) {
      assert.ok(all.includes(name), name);
    }
  });

  test('give each alert a severity, an effect and a remedy', () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    for (const { alert, labels, annotations } of rules) {
      assert.match(alert, /^Tieline[A-Z]/);
      assert.ok(['critical', 'warning', 'info'].includes(labels['severity'] ?? ''), alert);
      assert.ok(annotations['summary'] && annotations['action'], alert);
    }
  });

  test('test each alert before and after its cause', () => {
    const tested = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
    const { silent, firing } = Object.groupBy(tested, ({ exp_alerts }) =>
      exp_alerts.length === 0 ? 'silent' : 'firing',
    );
    const names = rules.map(({ alert }) => alert).toSorted();
    for (const some of [silent, firing]) {
      assert.deepEqual([...new Set(some?.map(({ alertname }) => alertname))].toSorted(), names);
    }
  });

  const promtool = (args: readonly string[], input?: string) =>
    spawnSync('promtool', args, { encoding: 'utf8', ...(input !== undefined && { input }) });
  // `npm test` says when promtool is missing.
  if (!promtool(['--version']).error) {
    test('are valid for promtool, and alert at the right moments', () => {
      for (const check of [
        ['check', 'rules', 'alerts.yml'],
        ['check', 'config', 'prometheus.yml'],
        ['test', 'rules', 'alerts.test.yml'],
      ]) {
        const { status, stdout, stderr } = spawnSync('promtool', check, {
          cwd: PROMETHEUS,
          encoding: 'utf8',
        });
        assert.equal(status, 0, stdout + stderr);
      }
    });

    test('hold valid expressions of Prometheus, also in panels', () => {
      const folder = mkdtempSync(join(tmpdir(), 'tieline-rules-'));
      try {
        const file = join(folder, 'panels.json');
        const asRules = expressions.map(({ expr }, index) => ({
          record: `panel:${index}`,
          expr: expr.replaceAll(INTERVAL, '1m').replaceAll('$instance', '.+'),
        }));
        // JSON is YAML.
        writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: asRules }] }));
        const { status, stdout, stderr } = promtool(['check', 'rules', file]);
        assert.equal(status, 0, stdout + stderr);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('/metrics is valid for promtool', async () => {
      await using app = await testApp({ engine: 'memory' });
      const { text } = await app.get('/metrics');
      const { stdout, stderr } = promtool(['check', 'metrics'], text);
      const ours = (stdout + stderr).split('\n').filter((line) => /tieline|pars/.test(line));
      assert.deepEqual(ours, []);
    });
  }
});
