import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { blocksOf } from '../support/guide-blocks.ts';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

/** Runs the shell of the action and of the template as the runners of both services do. */

const ACTION = 'ci/github/action.yml';
const TEMPLATE = 'ci/gitlab/tieline.yml';
const PATIENCE_MS = 90_000;

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: { readonly url: { readonly value: string } };
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly id: string;
      readonly shell: string;
      readonly env: Readonly<Record<string, string>>;
      readonly run: string;
    }[];
  };
}

interface Template {
  readonly '.tieline': {
    readonly variables: Readonly<Record<string, string>>;
    readonly before_script: readonly string[];
    readonly after_script: readonly string[];
  };
}

const action = parse(readFileSync(ACTION, 'utf8')) as Action;
const job = (parse(readFileSync(TEMPLATE, 'utf8')) as Template)['.tieline'];
const [step] = action.runs.steps;
assert.ok(step);

/** A value of the action's `env`, with an input in place of its expression. */
function inputIn(expression: string, inputs: Readonly<Record<string, string>>): string {
  return expression.replaceAll(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name: string) => {
    const value = inputs[name] ?? action.inputs[name]?.default;
    assert.ok(value !== undefined, `${ACTION} has no input ${name}`);
    return value;
  });
}

/** A package with the command `tieline`, which starts the program of the tests. */
function makePackage(folder: TemporaryFolder): string {
  const place = folder.at('package');
  mkdirSync(place);
  const manifest = { name: 'tieline', version: '0.0.0', bin: { tieline: 'start.sh' } };
  writeFileSync(folder.at('package/package.json'), JSON.stringify(manifest));
  const start = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`;
  writeFileSync(folder.at('package/start.sh'), start, { mode: 0o755 });
  return place;
}

interface Ran {
  readonly status: number | null;
  readonly printed: string;
}

/** Runs a script in a project without node_modules, and nothing of this process's environment. */
async function runShell(
  folder: TemporaryFolder,
  [shell, ...options]: readonly [string, ...string[]],
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const project = folder.at('project');
  mkdirSync(project, { recursive: true });
  writeFileSync(folder.at('step.sh'), script);
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  // Tieline stays and would hold a pipe open, so the output goes to a file as it does on a runner.
  const command = `exec ${[shell, ...options, folder.at('step.sh')].join(' ')} > '${folder.at('output')}' 2>&1`;
  const child = spawn('sh', ['-c', command], {
    cwd: project,
    env: { PATH, HOME: folder.path, ...COMPILE_CACHE, ...env },
    stdio: 'ignore',
    timeout: PATIENCE_MS,
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  return { status, printed: readFileSync(folder.at('output'), 'utf8') };
}

/** The lines `NAME=value` of a text. */
function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** Authorises the app with the printed values alone, and reads as the app. */
async function useIt(values: Readonly<Record<string, string>>): Promise<void> {
  const { TIELINE_URL = '', TWILIO_AUTH_TOKEN = '', ...sids } = values;
  const consent = await fetch(`${TIELINE_URL}/_tieline/authorize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      connect_app_sid: sids['TIELINE_CONNECT_APP_SID'],
      account_sid: sids['TIELINE_CUSTOMER_ACCOUNT_SID'],
    }),
  });
  const { account_sid } = (await consent.json()) as { readonly account_sid: string };
  assert.match(account_sid, /^AC\w{32}$/);
  for (const sid of [account_sid, sids['TWILIO_ACCOUNT_SID'] ?? '']) {
    const answer = await fetch(`${TIELINE_URL}/2010-04-01/Accounts/${sid}.json`, {
      headers: { authorization: `Basic ${btoa(`${sid}:${TWILIO_AUTH_TOKEN}`)}` },
    });
    assert.equal(answer.status, 200);
  }
}

/** Ends the Tieline that a script started. */
function endIt(file: string): void {
  if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8')));
}

function actionEnv(folder: TemporaryFolder, inputs: Readonly<Record<string, string>>) {
  const given = Object.entries(step?.env ?? {}).map(([name, value]) => [
    name,
    inputIn(value, inputs),
  ]);
  return {
    ...(Object.fromEntries(given) as Record<string, string>),
    RUNNER_TEMP: folder.path,
    GITHUB_ENV: folder.at('github-env'),
    GITHUB_OUTPUT: folder.at('github-output'),
  };
}

/** The call of a step with `shell: bash`, as the documentation of GitHub gives it. */
const BASH = ['bash', '--noprofile', '--norc', '-eo', 'pipefail'] as const;

void suite('the action for GitHub', { concurrency: true }, () => {
  test('installs Tieline, starts it, and gives its address to later steps', async () => {
    using folder = temporaryFolder();
    const env = actionEnv(folder, { package: makePackage(folder) });
    const { status, printed } = await runShell(folder, BASH, step.run, env);
    try {
      assert.equal(status, 0, printed);
      const values = pairsOf(readFileSync(env.GITHUB_ENV, 'utf8'));
      await useIt(values);
      assert.equal(action.outputs.url.value, `\${{ steps.${step.id}.outputs.url }}`);
      const outputs = pairsOf(readFileSync(env.GITHUB_OUTPUT, 'utf8'));
      assert.equal(outputs['url'], values['TIELINE_URL']);
      assert.equal(step.shell, 'bash');
      assert.equal(action.runs.using, 'composite');
    } finally {
      endIt(folder.at('tieline/pid'));
    }
  });

  test('fails with the sentence of Tieline if the port is taken or no port', async () => {
    using folder = temporaryFolder();
    const bin = folder.at('project/node_modules/.bin');
    mkdirSync(bin, { recursive: true });
    const start = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`;
    writeFileSync(`${bin}/tieline`, start, { mode: 0o755 });
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { readonly port: number };
    for (const [given, sentence] of [
      [String(port), /^tieline: .*port.*\nTieline did not start\.\n$/im],
      ['eighty', /^tieline: The port must be a number from 0 to 65535, not "eighty"\.$/m],
    ] as const) {
      const env = actionEnv(folder, { port: given });
      const { status, printed } = await runShell(folder, BASH, step.run, env);
      assert.equal(status, 1, printed);
      assert.match(printed, sentence);
      assert.ok(!existsSync(env.GITHUB_ENV));
    }
  });
});

void suite('the template for GitLab', () => {
  test('starts Tieline for the script of a job, and ends it after the job', async () => {
    using folder = temporaryFolder();
    const env = {
      ...job.variables,
      TIELINE_PACKAGE: makePackage(folder),
      CI_BUILDS_DIR: folder.path,
      CI_JOB_ID: '17',
    };
    // GitLab runs before_script and script in one shell, and after_script in another.
    const script = [...job.before_script, 'env'].join('\n');
    const { status, printed } = await runShell(folder, ['sh', '-e'], script, env);
    const pid = Number(readFileSync(folder.at('17/tieline/pid'), 'utf8'));
    try {
      assert.equal(status, 0, printed);
      await useIt(pairsOf(printed));
    } finally {
      const ended = await runShell(folder, ['sh', '-e'], job.after_script.join('\n'), env);
      assert.equal(ended.status, 0, ended.printed);
    }
    const isThere = () => spawnSync('ps', ['-p', String(pid)]).status === 0;
    while (isThere()) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  test('has the shell of the action', () => {
    const common = (text = '') => text.slice(text.indexOf('mkdir -p'), text.indexOf('done\n'));
    assert.notEqual(common(step.run), '');
    assert.equal(common(job.before_script[0]), common(step.run));
  });
});

void suite('the guide for CI', () => {
  test('names inputs, variables and files that exist', () => {
    const blocks = blocksOf('docs/guides/ci.md').filter(({ language }) => language === 'yaml');
    const whole = blocks.map(({ code }) => code).join('\n');
    // A part of a job begins with the spaces of its steps.
    for (const { code } of blocks) parse(code.startsWith(' ') ? `steps:\n${code}` : code);
    assert.match(whole, /uses: \S+\/ci\/github@/);
    assert.match(whole, /ci\/gitlab\/tieline\.yml/);
    assert.match(whole, /extends: \.tieline\b/);
    const [, inputs = ''] =
      /ci\/github@\S+\n(?: +id: .*\n)? +with:\n((?: +\w+: .*\n)+)/.exec(whole) ?? [];
    const names = [...inputs.matchAll(/^ +(\w+):/gm)].map(([, name = '']) => name);
    assert.ok(names.length > 0);
    for (const name of names) assert.ok(name in action.inputs, name);
  });
});
