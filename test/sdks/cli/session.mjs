import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * `node session.mjs PROGRAM ASKED ANSWERED`: runs commands of twilio-cli in one process, as the
 * program runs one. Loading it takes most of the time of a command.
 *
 * For each line of the input it reads the account, its token and the command's words, each ended by
 * NUL, from the file ASKED. It writes what the command prints to the file ANSWERED, and its exit
 * status to the output.
 */

const [program = '', asked = '', answered = ''] = process.argv.slice(2);
const root = dirname(dirname(realpathSync(program)));
const load = createRequire(join(root, 'package.json'));
const { Config } = load('@oclif/core');
load('@twilio/cli-core').configureEnv();

const config = await Config.load(root);
await config.runHook('init', { id: 'api', argv: [] });

/** Runs one command. @returns its exit status */
async function run([id = '', ...words]) {
  try {
    await config.runCommand(id, words);
    return 0;
  } catch (error) {
    return error?.oclif?.exit ?? 1;
  }
}

const print = process.stdout.write.bind(process.stdout);
for await (const _ of createInterface({ input: process.stdin })) {
  const [account_sid, auth_token, ...words] = readFileSync(asked, 'utf8').split('\0').slice(0, -1);
  Object.assign(process.env, { TWILIO_ACCOUNT_SID: account_sid, TWILIO_AUTH_TOKEN: auth_token });
  let said = '';
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (text) => {
      said += text;
      return true;
    };
  }
  const status = await run(words);
  writeFileSync(answered, said);
  print(`${status}\n`);
}
