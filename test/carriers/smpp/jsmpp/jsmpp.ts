import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { JAVA, MAVEN, makeJars, missingTools, type Program } from '../../../sdks/programs.ts';
import { madeReady } from '../../../sdks/run-program.ts';
import { freePort } from '../../../support/free-port.ts';

const MAIN = 'org.jsmpp.examples.SMPPServerSimulator';
const PATIENCE_MS = 20_000;

/** The name and the password that the simulator takes by default. */
export const JSMPP_LOGIN = { system_id: 'j', password: 'jpwd' };

/** The simulator of a message centre that comes with jSMPP. Its answers have hexadecimal ids. */
const PROGRAM: Program = {
  sdk: 'jsmpp',
  version: null,
  tools: [JAVA, MAVEN],
  files: { 'pom.xml': join(import.meta.dirname, 'pom.xml') },
  prepare: makeJars,
  command: (folder) => ['java', '-XX:TieredStopAtLevel=1', '-cp', join(folder, 'jars', '*')],
};

/** Whether the machine has what the simulator needs; `npm test` names what is missing. */
export const hasJsmpp = missingTools(PROGRAM).length === 0;

export interface Simulator extends AsyncDisposable {
  readonly port: number;
  /** Everything that it has logged. */
  readonly log: () => string;
}

/** Starts the simulator on a free port. It reports each message as delivered after a second. */
export async function startJsmpp(): Promise<Simulator> {
  const port = await freePort();
  const [program, ...parameters] = PROGRAM.command(await madeReady(PROGRAM));
  const child = spawn(program, [...parameters, `-Djsmpp.simulator.port=${port}`, MAIN], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const listens = Promise.withResolvers<void>();
  createInterface(child.stderr).on('line', (line) => {
    lines.push(line);
    if (line.includes('Listening on port')) listens.resolve();
  });
  const log = () => lines.join('\n');
  const fail = (why: string) => listens.reject(new Error(`jsmpp ${why}: ${log()}`));
  const timer = setTimeout(() => fail('does not listen'), PATIENCE_MS);
  void ended.then(() => fail('ended'));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    await listens.promise;
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { port, log, [Symbol.asyncDispose]: stop };
}
