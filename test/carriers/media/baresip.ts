import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { readWav } from '../../../src/carriers/media/wav.ts';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const BARESIP = '/usr/bin/baresip';
const MODULES = ['/usr/lib/baresip/modules', '/usr/local/lib/baresip/modules'].find(existsSync);

export const NEEDS_BARESIP = {
  skip: existsSync(BARESIP) && MODULES ? false : 'apt-get install baresip-core',
};

/** A telephone that answers by itself, and records what it hears. */
export interface Phone extends AsyncDisposable {
  readonly port: number;
  /** The sound that it heard in its last call, from the first sound on. */
  recording(): Promise<Int16Array>;
  /** Presses keys in its call, one after the other. */
  press(keys: string): Promise<void>;
}

/** The number of the telephone. */
export const PHONE = '+14155550123';
/** The time for which a key is down, and until the next one. */
const KEY_MS = 120;
/** The code by which its console hears that a key is up. */
const RELEASED = Buffer.from([0]);
/** Ports may be taken between the search and the start. */
const MAX_TRIES = 5;

interface Habits {
  /** The only codec that it takes. */
  readonly codec?: 'PCMU' | 'PCMA';
  /** A WAV file of 8,000 samples a second that it says; without one it says what it hears. */
  readonly says?: Buffer;
}

/** Starts baresip, an independent telephone. */
export async function aPhone(habits: Habits = {}): Promise<Phone> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const phone = await startPhone(habits);
    if (phone) return phone;
  }
  throw new Error('baresip ends as soon as it starts');
}

/** @returns null when it ended at once */
async function startPhone({ codec = 'PCMU', says }: Habits): Promise<Phone | null> {
  const folder = temporaryFolder();
  const [port, rtp, keyboard] = [await freePort(), await freePort(), await freePort()];
  const first = rtp - (rtp % 2);
  mkdirSync(folder.at('heard'));
  if (says) writeFileSync(folder.at('says.wav'), says);
  const source = says ? `aufile,${folder.at('says.wav')}` : 'aubridge,nil';
  writeFileSync(
    folder.at('accounts'),
    `<sip:${PHONE}@127.0.0.1>;regint=0;answermode=auto;audio_codecs=${codec}\n`,
  );
  const settings = [
    `sip_listen 127.0.0.1:${port}`,
    'audio_player aubridge,nil',
    `audio_source ${source}`,
    'audio_alert aubridge,nil',
    'ausrc_srate 8000',
    'auplay_srate 8000',
    'ausrc_channels 1',
    'auplay_channels 1',
    `rtp_ports ${first}-${first + 20}`,
    'jitter_buffer_type fixed',
    'jitter_buffer_delay 1-10',
    `module_path ${MODULES}`,
    'module g711.so',
    'module aubridge.so',
    'module aufile.so',
    'module sndfile.so',
    'module cons.so',
    `cons_listen 127.0.0.1:${keyboard}`,
    'module_tmp uuid.so',
    'module_tmp account.so',
    'module_app menu.so',
    `snd_path ${folder.at('heard')}`,
  ];
  writeFileSync(folder.at('config'), `${settings.join('\n')}\n`);
  const child = spawn(BARESIP, ['-f', folder.path], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  let isOver = false;
  child.once('exit', () => {
    isOver = true;
  });
  while (!isBound(port)) {
    if (isOver) {
      folder[Symbol.dispose]();
      return null;
    }
    await pause(20);
  }
  return {
    port,
    async recording() {
      // The file is whole when the program has closed it.
      child.kill('SIGTERM');
      await ended;
      const [file] = globSync(folder.at('heard/*dec.wav'));
      if (!file) throw new Error('baresip recorded nothing');
      const sound = await readWav(readFileSync(file));
      return sound.subarray(sound.findIndex((one) => Math.abs(one) > 200));
    },
    async press(keys) {
      const socket = createSocket('udp4');
      for (const key of keys) {
        for (const typed of [key, RELEASED]) {
          await new Promise((resolve) => socket.send(typed, keyboard, '127.0.0.1', resolve));
          await pause(KEY_MS);
        }
      }
      socket.close();
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      folder[Symbol.dispose]();
    },
  };
}

/** Whether a UDP port of this machine is bound. Its number is in hexadecimal in the system's list. */
function isBound(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  return readFileSync('/proc/net/udp', 'utf8').includes(wanted);
}
