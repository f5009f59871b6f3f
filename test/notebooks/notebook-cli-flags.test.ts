import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type RunningTieline, startTieline } from '../support/tieline-process.ts';
import { ASSERTION, assertEnded, CLIENT, cell, notebookFolder } from './notebook-command.ts';

suite('the flags of tieline notebook run', () => {
  test('choose cells by number and by name', async () => {
    using folder = notebookFolder();
    const cells = ['zero', 'one', 'two', 'three'].map((name) => `// @name ${name}\n'${name}'`);
    folder.notebook('four.md', ...cells);
    for (const [flags, ran] of [
      [['--cell', '2'], ['$2']],
      [
        ['--cell', 'three', '--cell', '$1'],
        ['$1', '$3'],
      ],
      [
        ['--from', 'two'],
        ['$2', '$3'],
      ],
      [
        ['--until', '1'],
        ['$0', '$1'],
      ],
      [
        ['--from', '1', '--until', 'two'],
        ['$1', '$2'],
      ],
    ] as const) {
      const run = await folder.run(['four.md', ...flags]);
      assertEnded(run, 0);
      const lines = [...run.stdout.matchAll(/^ok (\$\d)/gm)].map(([, which]) => which);
      assert.deepEqual(lines, ran, flags.join(' '));
    }
    const listed = await folder.run(['four.md', '--list', '--from', '2']);
    assertEnded(listed, 0);
    assert.deepEqual(listed.stdout.trimEnd().split('\n'), [
      'four.md',
      'cell  name   line  code',
      "$2    two    12    'two'",
      "$3    three  17    'three'",
    ]);
  });

  test('answer prompts in order, and name unused answers', async () => {
    using folder = notebookFolder();
    folder.notebook(
      'ask.md',
      "first = prompt('The colour?')",
      "var second = window.prompt('The size?')",
      "third = (prompt('The weight?') || '').trim()",
      "fourth = prompt('Your account SID?')",
      "function ask(what) { return prompt(what) }; [ask('The price?'), ask('(1) = 2?')]",
      "fifth = prompt('The number?')",
    );
    folder.write('answers.yaml', '"size": 0042\n"colou?r": from the file\n"number": "yes"\n');
    const flags = ['--answers', 'answers.yaml', '--answer', '^the COLOUR=red=blue'];
    const more = ['--param', 'third= 3 kg ', '--param', 'first=never', '--param', 'fitfh=1'];
    const others = ['--answer', 'price=10', '--answer', String.raw`^\(1\) (?=\=)=x=y`];
    const env = { TWILIO_ACCOUNT_SID: 'AC123' };
    const run = await folder.run(['ask.md', ...flags, ...more, ...others], env);
    assertEnded(run, 0);
    assert.match(
      run.stdout,
      /^ok \$0 "red=blue"\nok \$1 undefined\nok \$2 "3 kg"\nok \$3 "AC123"\nok \$4 \["10", "x=y"\]\nok \$5 "yes"$/m,
    );
    assert.match(run.stdout, /^note: --param first=… was not needed/m);
    assert.match(run.stdout, /^note: --param fitfh=… was not needed/m);
    assert.doesNotMatch(run.stdout, /param third=… was not/);
  });

  test('are named at an unanswered question', async () => {
    using folder = notebookFolder();
    folder.notebook(
      'ask.md',
      "colour = prompt('Which (colour)?')",
      "prompt(['What', 'else'].join(' '))",
      "prompt('The auth token')",
    );
    const run = await folder.run(['ask.md']);
    assertEnded(run, 3);
    for (const sentence of [
      `UnansweredError: Nobody answered "Which (colour)?": run it with --param colour=VALUE or --answer 'Which .colour.=VALUE', or at a terminal.`,
      `Nobody answered "What else": run it with --answer 'What else=VALUE'`,
      'Nobody answered "The auth token": run it with --answers FILE, which says "The auth token: VALUE"',
    ]) {
      assert.ok(run.stdout.includes(sentence), run.stdout);
    }
    const answered = await folder.run(['ask.md', '--cell', '0', '--answer', 'Which .colour.=red']);
    assertEnded(answered, 0);
  });

  test('answer confirmations, and the output names the default answer', async () => {
    using folder = notebookFolder();
    folder.notebook('sure.md', "confirm('Delete it?')", "alert('Done.')");
    const silent = await folder.run(['sure.md']);
    assert.match(silent.stdout, /ok \$0 false\n {4}note: "Delete it\?" was answered no.*--yes/);
    assert.match(silent.stdout, /ok \$1 undefined\n {4}note: alert: Done\.\n/);
    const yes = await folder.run(['sure.md', '--yes']);
    assert.match(yes.stdout, /ok \$0 true\nok \$1/);
    const no = await folder.run(['sure.md', '--no']);
    assert.match(no.stdout, /ok \$0 false\nok \$1/);
  });

  test('refuse every wrong use, with a sentence that says what to do', async () => {
    using folder = notebookFolder();
    folder.notebook('a.md', "console.log('ran')");
    folder.write('list.yaml', '- a\n');
    folder.write('bad.yaml', '"(": x\n');
    folder.write('two words', 'a b\n');
    await using desk = folder.desk();
    for (const [parameters, sentence] of [
      [[], /missing required argument 'file'/],
      [['a.md', '--nope'], /unknown option '--nope'/],
      [['none.md'], /There is no file none\.md; name a notebook/],
      [['.'], /\. is a folder; name the notebooks in it/],
      [['a.md', '--base-url', 'localhost'], /--base-url takes an http or https address/],
      [['a.md', '--base-url', 'http://x/y'], /--base-url takes an origin.*http:\/\/x\./],
      [['a.md', '--base-url', 'http://a:b@x'], /must not hold credentials.*TWILIO_AUTH_TOKEN/],
      [['a.md', '--serve', '--base-url', 'http://x'], /so leave out --base-url/],
      [['a.md', '--serve', '--account-sid', 'AC1'], /so leave out --account-sid/],
      [['a.md', '--serve', '--auth-token-file', 'x'], /leave out .*--auth-token-file/],
      [['a.md', '--yes', '--no'], /contradict each other: leave one out/],
      [['a.md', '--timeout', '0'], /--timeout takes milliseconds from 1 to 900000, not "0"/],
      [['a.md', '--timeout', '1.5'], /--timeout takes milliseconds/],
      [['a.md', '--answer', 'x'], /--answer takes a regular expression and a value/],
      [['a.md', '--answer', '(=x'], /--answer takes a regular expression and a value/],
      [['a.md', '--answers', 'none'], /--answers names none, and there is no such file/],
      [['a.md', '--answers', 'list.yaml'], /list\.yaml must be a map/],
      [['a.md', '--answers', 'bad.yaml'], /bad\.yaml has "\(", which is no regular/],
      [['a.md', '--param', '1a=x'], /--param takes the name of a variable and a value/],
      [['a.md', '--cell', '1'], /--cell 1: a\.md has no such cell; its only cell is 0/],
      [['a.md', '--from', 'x'], /--from x: a\.md has no such cell.*no cell of it has a name/],
      [['a.md', '--cell', '0', '--until', '0'], /use one or the other/],
      [['a.md', '--report', 'junit'], /--report takes FORMAT=FILE.*junit, json, html, tap, har/],
      [['a.md', '--report', 'xml=x'], /--report takes FORMAT=FILE/],
      [['a.md', '--report', 'tap=.'], /names a folder: name a file in it/],
      [['a.md', '--report', 'tap=x,har=x'], /har=x would write over the report tap/],
      [['a.md', '--report', 'tap=./a.md'], /would write over the notebook itself/],
      [['a.md', '--redact', '('], /--redact takes a regular expression, and "\(" is none/],
      [['a.md', '--redact', 'x*'], /--redact "x\*" matches no text at all/],
      [['a.md', '--map', 'x'], /--map takes an address and a file/],
      [['a.md', '--map', 'ftp://x/y'], /or an address that the base URL stands in for/],
      [['a.md', '--map', 'http://me:word@x/y'], /leave out what is before the host/],
      [['a.md', '--map', 'http://x/y=none'], /--map names .*none, and there is no such file/],
      [['a.md', '--allow-origin', 'ftp://x'], /--allow-origin takes an http or https address/],
      [['a.md', '--offline', '--allow-origin', 'http://x'], /so leave out --allow-origin; --map/],
      [['a.md', '--auth-token-file', 'none'], /--auth-token-file names none/],
      [['a.md', '--auth-token-file', 'two words'], /must hold the auth token and nothing else/],
    ] as const) {
      const run = await desk.run('notebook', 'run', ...parameters);
      assertEnded(run, 2);
      assert.match(run.stderr, sentence);
      assert.equal(run.stdout, '');
      assert.doesNotMatch(run.stderr, /TIELINE_LOG_LEVEL/);
    }
  });
});

suite('the credentials of tieline notebook run', () => {
  const folder = notebookFolder();
  let server: RunningTieline;
  before(async () => {
    server = await startTieline(['--data', ':memory:'], { cwd: folder.path });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const LIST = 'client.Accounts.AccountSid(sid).ConnectApps.json.get()';
  const told = `${CLIENT}; sid = prompt('Account SID')`;

  test('come from the environment or a file, and only when they are needed', async () => {
    folder.notebook('list.md', told, `answer = ${LIST}`, `if (answer.status !== 200) ${ASSERTION}`);
    const { username, password } = server.developer;
    const at = ['list.md', '--base-url', server.origin];
    const env = { TWILIO_ACCOUNT_SID: username, TWILIO_AUTH_TOKEN: password };
    assertEnded(await folder.run(at, env), 0);
    folder.write('token', `${password}\n`);
    const named = ['--account-sid', username, '--auth-token-file', 'token'];
    assertEnded(await folder.run([...at, ...named], { TWILIO_AUTH_TOKEN: 'another' }), 0);
    // A wrong token is refused, and the notebook sees the refusal.
    const wrong = await folder.run(at, { ...env, TWILIO_AUTH_TOKEN: 'x'.repeat(32) });
    assertEnded(wrong, 4);
    assert.match(wrong.stdout, /401 GET \/ConnectApps\.json/);
  });

  test('are reported missing once, with the names of the variables', async () => {
    folder.notebook('none.md', told, LIST, LIST);
    const at = ['none.md', '--base-url', server.origin, '--account-sid', server.developer.username];
    const run = await folder.run(at);
    assertEnded(run, 0);
    assert.match(run.stdout, /^ok \$2 401 GET/m);
    const hints = run.stdout.match(/^note: The API asks for credentials: set TWILIO_ACCOUNT_SID/gm);
    assert.equal(hints?.length, 1);
  });

  test('appear nowhere, like the texts that --redact names', async () => {
    const { username, password } = server.developer;
    const spelt = password.split('').join("'+'");
    folder.write(
      'secret.md',
      `The token is ${password}, and Project-Falcon is secret.\n\n${[
        cell(told, `// ${password} Project-Falcon`),
        cell(`'${spelt}' + encodeURIComponent('Project-Falcon')`),
        cell(`console.log('${spelt}', 'Project-Falcon'); ({ 'Project-Falcon': '${spelt}' })`),
        cell(`answer = ${LIST}; throw new Error('${spelt} of Project-Falcon')`),
        cell("t = prompt('The other token'); ({ t })"),
      ].join('\n')}`,
    );
    const formats = ['junit', 'json', 'html', 'tap', 'har'];
    const reports = formats.map((format) => `${format}=report.${format}`).join(',');
    const flags = ['--base-url', server.origin, '--redact', 'Project-\\w+', '--report', reports];
    folder.write('answers.yaml', 'The other token: correct-horse-battery\n');
    const env = { TWILIO_ACCOUNT_SID: username, TWILIO_AUTH_TOKEN: password };
    const run = await folder.run(['secret.md', ...flags, '--answers', 'answers.yaml'], env);
    assertEnded(run, 3);
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const files = formats.map((format) => folder.read(`report.${format}`));
    for (const text of [run.stdout, run.stderr, ...files]) {
      for (const secret of [password, basic, 'Project-Falcon', 'correct-horse-battery']) {
        assert.ok(!text.includes(secret), `${secret} in ${text}`);
      }
    }
    assert.match(run.stdout, /Error: \*{8} of \*{8}$/m);
    assert.match(run.stdout, /^ok \$4 Object \{"t": "\*{8}"\}$/m);
  });
});
