import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blocksOf } from '../support/guide-blocks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { basic, ENGINES } from '../support/test-app.ts';
import { runTieline, startTieline } from '../support/tieline-process.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { newPlace } from './place.ts';

/** The words after `tieline webhooks` of each command in the guide, about this delivery. */
function documentedCommands(sid: string): string[][] {
  const blocks = blocksOf('docs/guides/webhooks.md').filter(({ code }) =>
    code.startsWith('tieline '),
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
      {
        await using server = await startTieline([], at);
        const { username: account_sid } = server.developer;
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
