import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { signForm } from '../../src/webhooks/signature.ts';
import { blocksOf } from '../support/guide-blocks.ts';
import { openDesk } from '../support/program/command-desk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { basic, ENGINES } from '../support/test-app.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { newPlace } from './place.ts';

/** The words after `tieline webhooks` of each command in the guide, about this delivery. */
function documentedCommands(sid: string): string[][] {
  const blocks = blocksOf('docs/guides/webhooks.md').filter(({ code }) =>
    code.startsWith('tieline webhooks list'),
  );
  assert.equal(blocks.length, 1);
  const lines = (blocks[0]?.code ?? '').replaceAll('DL…', sid).trim().split('\n');
  return lines.map((line) =>
    line
      .replace(/ +#.*$/, '')
      .split(' ')
      .slice(2),
  );
}

for (const engine of ENGINES) {
  suite(`webhooks by command (${engine})`, () => {
    test('that failed are listed with the reason, shown, and sent by the next server', async () => {
      using folder = temporaryFolder();
      await using place = await newPlace(engine, 'data');
      const at = { cwd: folder.path, env: { TIELINE_DATA: place.data } };
      await using receiver = await webhookReceiver((_, index) => ({
        status: index === 0 ? 500 : 200,
      }));
      let account = '';
      {
        await using server = await startTieline([], at);
        const { username: account_sid } = server.developer;
        account = account_sid;
        const post = (path: string, type: string, body: string) =>
          server.fetch(path, {
            method: 'POST',
            headers: { authorization: basic(server.developer), 'content-type': type },
            body,
          });
        const trigger = { UsageCategory: 'sms', TriggerValue: '1', CallbackUrl: receiver.origin };
        const made = await post(
          `/2010-04-01/Accounts/${account_sid}/Usage/Triggers.json`,
          'application/x-www-form-urlencoded',
          String(new URLSearchParams(trigger)),
        );
        assert.equal(made.status, 201);
        const event = { account_sid, category: 'sms', count: 1, price: '0', key: 'one' };
        const told = await post('/_tieline/usage', 'application/json', JSON.stringify(event));
        assert.equal(told.status, 200);
        await receiver.arrived(1);
        await server.end('SIGTERM');
      }
      const run = async (...parameters: string[]) => {
        const { status, stdout, stderr } = await runTieline(['webhooks', ...parameters], at);
        assert.deepEqual([status, stderr], [0, '']);
        return stdout;
      };
      const [listed] = JSON.parse(await run('list', '--json')) as Record<string, string>[];
      assert.deepEqual([listed?.['kind'], listed?.['attempts']], ['usage-trigger', '1']);
      assert.equal(listed?.['why'], 'The receiver answered 500.');
      const sid = listed?.['sid'] ?? '';
      assert.match(await run('list'), new RegExp(`^sid .*why\n${sid} .*answered 500\\.\n$`));
      const [list = [], show = [], replay = []] = documentedCommands(sid);
      assert.match(await run(...list), new RegExp(`\n${sid} `));
      assert.match(await run(...show), /Attempt 1 {2}\S+ {2}\d+ ms {2}answered 500/);
      const [got] = receiver.received;
      const doctor = ['doctor', '--account-sid', account, '--body', got?.body ?? ''];
      const signature = ['--signature', String(got?.headers['x-twilio-signature'])];
      const url = (text: string) => [...doctor, ...signature, '--url', text];
      assert.match(await run(...url(`${receiver.origin}/`)), /^The signature is right\. It was/);
      const cut = await runTieline(['webhooks', ...url(receiver.origin)], at);
      assert.equal(cut.status, 1);
      assert.match(
        cut.stdout,
        /^One mistake explains it\.[^]*The last slash of the path differs\./,
      );
      assert.match(await run(...replay), new RegExp(`\n${sid} .* pending `));
      assert.equal(await run('list'), 'none\n');
      const { status, stderr } = await runTieline(['webhooks', 'show', 'DL1'], at);
      assert.equal(status, 2);
      assert.match(stderr, /^tieline: There is no webhook DL1; [^\n]+\n$/);
      await using _ = await startTieline([], at);
      await receiver.arrived(2);
    });
  });
}

test('the doctor of signatures takes a token without any data, and refuses what it cannot use', async () => {
  using folder = temporaryFolder();
  const token = 'a'.repeat(32);
  const { signature } = signForm(token, 'https://example.com/sms', [['From', '+15']]);
  const at = { cwd: folder.path, env: { TWILIO_AUTH_TOKEN: token } };
  await using desk = openDesk(at);
  await using bare = openDesk({ ...at, env: {} });
  const given = ['webhooks', 'doctor', '--signature', signature, '--url'];
  const found = await desk.run(...given, 'http://example.com/sms', '--body', 'From=+15');
  assert.equal(found.status, 1);
  assert.match(found.stdout, /^2 mistakes together[^]*scheme differs[^]*plus sign became a space/);
  const refused = [
    [desk, ['example.com/sms'], '--url must be the whole URL, beginning with https:// or http://.'],
    [desk, ['https://a.b/', '--body-file', 'none'], /^--body-file none cannot be read \(ENOENT/],
    [desk, ['https://a.b/', '--body', 'a', '--body-file', '-'], /^Give --body or --body-file, not/],
    [bare, ['https://a.b/'], /^The doctor needs a token: name an account of the data by --account/],
  ] as const;
  for (const [where, parameters, message] of refused) {
    const { status, stderr } = await where.run(...given, ...parameters);
    assert.equal(status, 2);
    const said = stderr.replace(/^tieline: /, '').trimEnd();
    if (typeof message === 'string') assert.equal(said, message);
    else assert.match(said, message);
  }
});
