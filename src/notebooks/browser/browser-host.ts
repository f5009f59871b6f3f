import { substituted, wellKnown } from '../describe/known-documents.ts';
import type { FromWorker, GuestScripts, ToWorker } from '../run/engine-messages.ts';
import {
  type Challenge,
  type Credentials,
  type EngineWorker,
  type Host,
  type IncomingResponse,
  type KnownDocument,
  NetworkError,
  type OutgoingRequest,
} from '../run/host.ts';
import type { Answer, Question } from '../run/outcome.ts';
import { ask } from './dialogs.ts';
import { outsideLink } from './elements.ts';
import type { PageConfig } from './page-config.ts';
import { sendFromPage } from './send.ts';

/** The scripts of `guest/`. The bundler inserts them here. */
declare const GUEST_SCRIPTS: GuestScripts;

/** The decisions that stay with the page. */
export interface PageRules {
  /** Asked before each request that changes something: whether it may be sent. */
  readonly mayWrite: () => Promise<boolean>;
  readonly stop: () => void;
  /** Receives the user name of the credentials now in use, or null after they are forgotten. */
  readonly credentialsChanged: (username: string | null) => void;
}

/**
 * The page as a host of notebooks. It asks in its own dialogs. It keeps the credentials that the
 * user enters until the page closes or the user presses Forget.
 */
export class BrowserHost implements Host {
  readonly guest = GUEST_SCRIPTS;
  readonly #config: PageConfig;
  readonly #rules: PageRules;
  #stopped = new AbortController();
  #credentials: Credentials | null = null;

  constructor(config: PageConfig, rules: PageRules) {
    this.#config = config;
    this.#rules = rules;
  }

  /** Closes the dialogs of a session that has ended, and drops its requests. */
  interrupt(): void {
    this.#stopped.abort();
    this.#stopped = new AbortController();
  }

  forgetCredentials(): void {
    this.#credentials = null;
    this.#rules.credentialsChanged(null);
  }

  openWorker(heard: (message: FromWorker) => void, broke: (error: Error) => void): EngineWorker {
    const worker = new Worker(this.#config.worker_path, { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => heard(data));
    worker.addEventListener('error', ({ message }) => {
      broke(new Error(message || 'its script could not be loaded; load the page again'));
    });
    return {
      post: (message: ToWorker) => worker.postMessage(message),
      terminate: () => worker.terminate(),
    };
  }

  async send(request: OutgoingRequest): Promise<IncomingResponse> {
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
    if (isWrite && !(await this.#rules.mayWrite())) {
      throw new NetworkError(`You did not let this notebook send ${request.method} requests.`);
    }
    return sendFromPage(request, this.#stopped.signal);
  }

  async answer(question: Question): Promise<Answer> {
    const { kind, message } = question;
    const title = 'The notebook asks';
    const stop = { label: 'Stop the notebook', stopped: this.#rules.stop };
    const { signal } = this.#stopped;
    if (kind === 'alert') {
      await ask({ title: 'The notebook says', message, accept: 'Go on', stop }, signal);
      return null;
    }
    if (kind === 'confirm') {
      const answer = await ask({ title, message, accept: 'Yes', cancel: 'No', stop }, signal);
      return answer !== null;
    }
    const isSid = /account sid/i.test(message);
    const value = question.suggestion ?? (isSid ? this.#config.account_sid : '');
    const fields = [{ name: 'answer', label: 'Answer', value, type: 'text' }] as const;
    const spec = { title, message, fields, accept: 'Answer', cancel: 'Cancel', stop };
    return (await ask(spec, signal))?.['answer'] ?? null;
  }

  async credentials({ origin, username, refused }: Challenge): Promise<Credentials | null> {
    const known = this.#credentials;
    const isKnown = known && refused === 0 && (username === null || username === known.username);
    if (isKnown) return known;
    const entered = await ask(
      {
        title: 'Credentials for the API',
        message: `${refused > 0 ? 'The API refused these credentials. ' : ''}The notebook calls ${origin}. Your password stays in this page: the notebook's code does not get it.`,
        advice: outsideLink(this.#config.tokens_path, 'Show the auth token'),
        fields: [
          {
            name: 'username',
            label: 'Account SID or key SID',
            value: username ?? known?.username ?? this.#config.account_sid,
            type: 'text',
          },
          { name: 'password', label: 'Auth token or key secret', value: '', type: 'password' },
        ],
        accept: 'Use them',
        cancel: 'Go on without',
      },
      this.#stopped.signal,
    );
    if (!entered) return null;
    const found = {
      username: (entered['username'] ?? '').trim(),
      password: (entered['password'] ?? '').trim(),
    };
    this.#credentials = found;
    this.#rules.credentialsChanged(found.username);
    return found;
  }

  async document(url: string): Promise<KnownDocument | null> {
    const known = wellKnown(url);
    if (!known) return null;
    if (known.kind === 'chai') {
      const text = await this.#readOwn(this.#config.chai_path);
      return { text, notice: substituted(known.version) };
    }
    return { url: new URL(known.path, location.origin).href };
  }

  now(): number {
    return performance.timeOrigin + performance.now();
  }

  async #readOwn(path: string): Promise<string> {
    const { signal } = this.#stopped;
    const response = await fetch(path, { credentials: 'omit', signal });
    if (!response.ok) throw new NetworkError(`${path} was answered with HTTP ${response.status}.`);
    return response.text();
  }
}
