import type { CallbackWanted, Method } from './call-run.ts';
import type { EventLog } from './event-log.ts';
import type { Verb } from './twiml.ts';

const USUAL_EVENTS = ['completed'];

/** The range of an attribute's whole numbers, and its default. */
export interface Range {
  readonly least: number;
  readonly most: number;
  readonly usual: number;
}

/**
 * Reads a verb's attributes. An invalid attribute is noted in the log and then ignored. An unknown
 * attribute is noted too.
 */
export class VerbReader {
  readonly verb: Verb;
  readonly #base_url: string | null;
  readonly #log: EventLog;

  /** @param known the names of all documented attributes of the verb, used here or not */
  constructor(verb: Verb, base_url: string | null, log: EventLog, known: readonly string[]) {
    this.verb = verb;
    this.#base_url = base_url;
    this.#log = log;
    for (const name of Object.keys(verb.attributes)) {
      if (!known.includes(name)) this.warn(`has no attribute ${name}; it is ignored.`);
    }
  }

  /** @param rest the sentence after the name of the verb */
  warn(rest: string, code?: number): void {
    this.#log.warn(this.verb, `${this.verb.name} ${rest}`, code);
  }

  /** The attribute's text; null when it is missing. */
  text(name: string): string | null {
    return this.verb.attributes[name] ?? null;
  }

  number(name: string, { least, most, usual }: Range): number {
    const written = this.text(name);
    if (written === null) return usual;
    const number = /^\d{1,9}$/.test(written.trim()) ? Number(written) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.#refuse(name, `must be a whole number from ${least} to ${most}`);
    return usual;
  }

  flag(name: string, { usual }: { readonly usual: boolean }): boolean {
    return this.oneOf(name, ['true', 'false'], usual ? 'true' : 'false') === 'true';
  }

  oneOf<T extends string>(name: string, values: readonly T[], usual: T): T {
    const written = this.text(name);
    if (written === null) return usual;
    const found = values.find((value) => value === written.trim());
    if (found === undefined) this.#refuse(name, `must be one of ${values.join(', ')}`);
    return found ?? usual;
  }

  /** The keys of a telephone in the attribute, in any number. */
  keys(name: string, usual: string, most: number): string {
    const written = this.text(name);
    if (written === null) return usual;
    if (/^[0-9*#]*$/.test(written) && written.length <= most) return written;
    this.#refuse(name, `must be keys of a telephone, at most ${most}`);
    return usual;
  }

  method(name = 'method'): Method {
    const written = this.text(name)?.trim().toUpperCase();
    if (written === undefined || written === 'POST') return 'POST';
    if (written === 'GET') return 'GET';
    this.#refuse(name, 'must be GET or POST');
    return 'POST';
  }

  /** An absolute URL; null when the attribute is missing or not a URL. */
  url(name: string): string | null {
    const written = this.text(name);
    if (written === null || written.trim() === '') return null;
    const url = this.resolve(written);
    if (url === null) this.#refuse(name, 'must be a URL of http or https');
    return url;
  }

  /** @returns a URL resolved against the document's URL; null when it is not a URL */
  resolve(written: string): string | null {
    const url = URL.parse(written.trim(), this.#base_url ?? undefined);
    return url && /^https?:$/.test(url.protocol) ? url.href : null;
  }

  /**
   * Reads a callback: the attribute `name`, and the same name with `Method` and `Event`. Without
   * `Event`, the callback reports `completed` only.
   * @param code the warning for an unknown event
   */
  callback(name: string, known: readonly string[], code?: number): CallbackWanted | null {
    const url = this.url(name);
    const method = this.method(`${name}Method`);
    const written = (this.text(`${name}Event`) ?? '').toLowerCase().split(/[\s,]+/);
    const unknown = written.filter((event) => event !== '' && !known.includes(event));
    if (unknown.length > 0) {
      const rule = `may hold ${known.join(', ')} only`;
      this.warn(`leaves out ${unknown.join(', ')}: ${name}Event ${rule}.`, code);
    }
    const events = known.filter((event) => written.includes(event));
    return url === null ? null : { url, method, events: events.length > 0 ? events : USUAL_EVENTS };
  }

  #refuse(name: string, rule: string): void {
    this.warn(`is run as if it had no ${name}, which ${rule}.`);
  }
}
