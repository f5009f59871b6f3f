import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The folder of Kannel's programs; undefined when the machine has none, and `npm test` says so. */
export const KANNEL = process.env['TEST_KANNEL'];
export const KANNEL_USER = { username: 'tieline', password: 'a password' };
const PATIENCE_MS = 20_000;

/** A running Kannel on ports of this machine, with one centre behind it. */
export interface Kannel extends AsyncDisposable {
  /** The address of `sendsms`. */
  readonly url: string;
}

/**
 * Starts Kannel's two processes.
 * @param centrePort the port of its message centre
 * @param getUrl the address to which it brings incoming messages
 */
export async function startKannel(centrePort: number, getUrl: string): Promise<Kannel> {
  const folder = temporaryFolder();
  const [admin, boxes, sendsms] = [await freePort(), await freePort(), await freePort()];
  const file = folder.at('kannel.conf');
  writeFileSync(
    file,
    `
group = core
admin-port = ${admin}
admin-password = none
admin-interface = 127.0.0.1
smsbox-port = ${boxes}
smsbox-interface = 127.0.0.1
store-type = file
store-location = "${folder.at('store')}"
dlr-storage = internal
sms-resend-freq = 1

group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = ${centrePort}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${sendsms}
sendsms-interface = 127.0.0.1
http-request-retry = 10
http-queue-delay = 1

group = sendsms-user
username = ${KANNEL_USER.username}
password = "${KANNEL_USER.password}"
max-messages = 30
concatenation = true

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "${getUrl}"
`,
  );
  const processes = new AsyncDisposableStack();
  processes.defer(() => folder[Symbol.dispose]());
  try {
    for (const [program, port] of [
      ['bearerbox', boxes],
      ['smsbox', sendsms],
    ] as const) {
      const child = spawn(`${KANNEL}/${program}`, ['-v', '4', file], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      processes.defer(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      await untilItListens(child, port);
    }
  } catch (error) {
    await processes.disposeAsync();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${sendsms}/cgi-bin/sendsms`,
    [Symbol.asyncDispose]: () => processes.disposeAsync(),
  };
}

async function untilItListens(child: ChildProcess, port: number): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  while (performance.now() < patience) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended: ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(socket, 'close').then(
        () => false,
        () => false,
      ),
    ]);
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`${child.spawnfile} does not listen on port ${port}`);
}
