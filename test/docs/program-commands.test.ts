import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blocksOf } from '../support/guide-blocks.ts';
import { command, readersFolder, runBlocks } from '../support/guide-shell.ts';
import { hasNamespaces } from '../support/run-command.ts';

/**
 * A program in the place of the reader's: it knows the address and the credentials of Twilio alone.
 * The folder has its packages, so nothing is installed. `npm run check:package` installs them.
 */
const STAND_IN = `[ "$1" = install ] && exit
exec curl -fs -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" -o /dev/null -w "$(echo \${0##*/} $*) %{http_code}\\n" \\
  "https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID.json"
`;
const PROGRAMS = ['npm', 'python3', 'java', 'cargo', 'bundle', 'dotnet', 'phpunit'];
const RUN = /^npx tieline run (?:--(?:offline|isolate) )?-- (?:vendor\/bin\/)?([^#\n]*)/gm;

/** The blocks that run a program, by the files that have them. */
const BLOCKS = [
  'README.md',
  'docs/README.md',
  'docs/start/connect-app.md',
  'docs/guides/run.md',
  'docs/guides/sdks.md',
]
  .flatMap((file) => blocksOf(file).map((block) => ({ ...block, file })))
  .filter(({ language, code }) => language === 'sh' && code.match(RUN));

suite('the commands that run a program', { concurrency: 2 }, () => {
  const needed = BLOCKS.filter(({ code }) => hasNamespaces || !code.includes('--isolate'));
  for (const { file, heading, code } of needed) {
    test(`lead it to Tieline (${file}, ${heading})`, async () => {
      using folder = readersFolder();
      for (const name of PROGRAMS) command(folder, name, STAND_IN);
      const [printed] = await runBlocks([code.replaceAll('vendor/bin/', '')], folder, {
        HOME: folder.path,
      });
      const expected = [...code.matchAll(RUN)].map(([, program = '']) => `${program.trim()} 200\n`);
      assert.equal(printed, expected.join(''));
    });
  }

  test('start a proxy, and lead a shell to it', async () => {
    using folder = readersFolder();
    command(folder, 'app', STAND_IN);
    const [block] = blocksOf('docs/guides/run.md', 'A proxy for many programs: `tieline proxy`');
    const [serving = '', entering = ''] = (block?.code ?? '').split('\n');
    const background = serving.replace('#', '& #');
    const wait = 'until grep -q TWILIO_AUTH_TOKEN tieline.env; do sleep 0.2; done';
    const [, , printed] = await runBlocks(
      [background, wait, `${entering}\napp of the shell`],
      folder,
      { HOME: folder.path },
    );
    assert.equal(printed, 'app of the shell 200\n');
  });
});
