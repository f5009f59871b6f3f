import { join } from 'node:path';
import type { DataLocation } from '../../../src/config.ts';
import { basic, type Login } from '../../support/test-app.ts';
import { type RunningTieline, startTieline } from '../../support/tieline-process.ts';
import { BrokenPromise } from '../broken-promise.ts';

/** The fate of a request: its answer, or null when its process died. */
export type Answer = { readonly status: number; readonly json: Record<string, unknown> } | null;

interface Settings {
  readonly name: string;
  /** The folder in which it runs and has its data. */
  readonly folder: string;
  readonly port: number;
  /** Its data, if it is not in the folder. */
  readonly location?: DataLocation;
  readonly env?: Readonly<Record<string, string>>;
}

/** One Tieline in development mode, which is killed and started again on the same port and data. */
export class Platform implements AsyncDisposable {
  readonly origin: string;
  readonly location: DataLocation;
  kills = 0;
  readonly #settings: Settings;
  #process: RunningTieline | null = null;
  #developer: Login | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.origin = `http://localhost:${settings.port}`;
    const folder = join(settings.folder, 'data');
    this.location = settings.location ?? { engine: 'sqlite', folder };
  }

  /** The SID and the auth token of the developer account. */
  get developer(): Login {
    if (!this.#developer) throw new Error(`${this.#settings.name} has not been started`);
    return this.#developer;
  }

  async start(): Promise<void> {
    const { folder: cwd, port, env = {} } = this.#settings;
    const data = this.location.engine === 'postgres' ? this.location.url : 'data';
    const parameters = ['--port', String(port), '--data', data];
    this.#process = await startTieline(parameters, { cwd, env });
    this.#developer ??= this.#process.developer;
  }

  async kill(): Promise<void> {
    this.kills += 1;
    await this.#process?.end('SIGKILL');
  }

  /** Ends it in order. @throws BrokenPromise when its status is not 0 */
  async leave(): Promise<void> {
    const { status, stderr } = (await this.#process?.end('SIGTERM')) ?? { status: 0, stderr: '' };
    if (status !== 0)
      throw new BrokenPromise(`${this.#settings.name} left with status ${status}`, stderr);
  }

  /** Posts a form of the API, or JSON to the control API. */
  async post(path: string, body: Record<string, string>): Promise<Answer> {
    const isControl = path.startsWith('/_tieline');
    try {
      const reply = await fetch(this.origin + path, {
        method: 'POST',
        headers: {
          authorization: basic(this.developer),
          ...(isControl && { 'content-type': 'application/json' }),
        },
        body: isControl ? JSON.stringify(body) : new URLSearchParams(body),
      });
      return { status: reply.status, json: (await reply.json()) as Record<string, unknown> };
    } catch {
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}
