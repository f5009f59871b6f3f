import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type CommandDesk, openDesk } from '../support/program/command-desk.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { type Result, runTieline } from '../support/tieline-process.ts';

/** The old notebook that must run unchanged. It may lie beside the checkout. */
export const SEED = '../shared/seeds/000-api-notebook-connect-apps.md';

/** A cell of code, in the form of a notebook. */
export function cell(...lines: readonly string[]): string {
  return `\`\`\`javascript\n${lines.join('\n')}\n\`\`\`\n`;
}

/** Code that fails like an assertion of chai. */
export const ASSERTION = "throw Object.assign(new Error('no'), { name: 'AssertionError' })";
export const CLIENT = "API.createClient('client', '/raml/2010-04-01.raml')";
export const CHAI = "load('https://github.com/chaijs/chai/releases/download/1.9.0/chai.js')";

/** A folder with notebooks, and `tieline notebook run` in that folder. */
export interface NotebookFolder extends Disposable {
  readonly path: string;
  at(name: string): string;
  read(name: string): string;
  /** Writes a notebook with these cells. */
  notebook(name: string, ...cells: readonly string[]): void;
  write(name: string, text: string | Buffer): void;
  /** Runs the command to its end with these parameters. */
  run(parameters: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result>;
  /** Opens a process in the folder that runs many commands. */
  desk(): CommandDesk;
}

export function notebookFolder(): NotebookFolder {
  const folder: TemporaryFolder = temporaryFolder();
  const write = (name: string, text: string | Buffer) => writeFileSync(folder.at(name), text);
  return {
    path: folder.path,
    at: (name) => folder.at(name),
    read: (name) => readFileSync(folder.at(name), 'utf8'),
    notebook: (name, ...cells) => write(name, cells.map((code) => cell(code)).join('\n')),
    write,
    run: (parameters, env = {}) =>
      runTieline(['notebook', 'run', ...parameters], { cwd: folder.path, env }),
    desk: () => openDesk({ cwd: folder.path }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Asserts the exit code of a run. A failure shows the whole output of the run. */
export function assertEnded({ status, stdout, stderr }: Result, expected: number): void {
  assert.equal(status, expected, `${stdout}\n${stderr}`);
}
