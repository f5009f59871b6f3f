import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const KAMAILIO = '/usr/sbin/kamailio';
const MODULES = '/usr/lib/x86_64-linux-gnu/kamailio/modules/';
const HERE = '127.0.0.1';
/** Why tests with Kamailio are left out; false: they run. */
export const skipKamailio = existsSync(KAMAILIO) ? false : 'apt-get install kamailio';
const ran = promisify(execFile);

/** A proxy that stays in the way of every dialog, with a list of its dispatcher. */
export class Kamailio implements AsyncDisposable {
  readonly port: number;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  #child: ChildProcess | null = null;

  private constructor(port: number, folder: ReturnType<typeof temporaryFolder>) {
    this.port = port;
    this.#folder = folder;
  }

  /** @param list the destinations of its dispatcher */
  static async start(list = ''): Promise<Kamailio> {
    const folder = temporaryFolder();
    const kamailio = new Kamailio(await freePort(), folder);
    writeFileSync(folder.at('list'), list);
    writeFileSync(folder.at('kamailio.cfg'), kamailio.#config());
    const child = spawn(
      KAMAILIO,
      ['-f', folder.at('kamailio.cfg'), '-DD', '-E', '-w', folder.path],
      {
        stdio: 'ignore',
      },
    );
    kamailio.#child = child;
    while (child.exitCode === null && !existsSync(folder.at('ctl'))) await pause(20);
    return kamailio;
  }

  /** The answer to a command of its console. */
  async ask(...command: readonly string[]): Promise<string> {
    const { stdout } = await ran('kamcmd', ['-s', `unix:${this.#folder.at('ctl')}`, ...command]);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    this.#folder[Symbol.dispose]();
  }

  #config(): string {
    const load = ['tm', 'sl', 'rr', 'pv', 'maxfwd', 'siputils', 'textops', 'ctl', 'dispatcher'];
    return `#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:${HERE}:${this.port}
mpath="${MODULES}"
${load.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("ctl", "binrpc", "unix:${this.#folder.at('ctl')}")
modparam("dispatcher", "list_file", "${this.#folder.at('list')}")
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  loose_route();
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (is_method("INVITE") && !has_totag()) record_route();
  t_relay();
}
`;
  }
}
