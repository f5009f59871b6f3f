import { html } from 'hono/html';
import type { Html, PageCall } from '../http/pages/page.ts';
import { FORM_TOKEN } from '../http/pages/page-routes.ts';
import type { EpochMs } from '../kit/utc.ts';
import { iso8601 } from '../kit/utc.ts';

// The building blocks of pages. All attribute values must be in quotes, because `html` relies on
// it.

/** The hidden field with the form token. Every form with `method="post"` needs it. */
export function formToken(call: Pick<PageCall, 'form_token'>): Html {
  return html`<input type="hidden" name="${FORM_TOKEN}" value="${call.form_token}" />`;
}

export interface FieldSpec {
  /** The parameter's documented name. */
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password' | 'url' | 'number' | 'search' | 'date' | 'file';
  /** The field's value before the user enters one. */
  readonly value?: string | null;
  readonly help?: Html | string;
  readonly required?: boolean;
  readonly maxlength?: number;
  readonly autocomplete?: string;
  readonly autofocus?: boolean;
  readonly inputmode?: 'numeric' | 'email' | 'url';
  readonly rows?: number;
  readonly placeholder?: string;
  /** For a file: the file types that the browser offers. */
  readonly accept?: string;
}

/** The value to show: the entered one, otherwise the stored one. */
export function entered(call: PageCall, name: string, stored?: string | null): string {
  return call.form.get(name)?.[0] ?? stored ?? '';
}

/** A labelled input with its help and, after a refused form, its error. */
export function field(call: PageCall, spec: FieldSpec): Html {
  const { name, label, type = 'text' } = spec;
  // An entered password is not sent back, and a file cannot be sent back.
  const value = type === 'password' || type === 'file' ? '' : entered(call, name, spec.value);
  const attributes = html`id="${name}" name="${name}" ${describedBy(call, spec)}
  ${flag('required', spec.required)} ${autofocus(call, spec)} ${invalid(call, name)}
  ${spec.maxlength === undefined ? null : html`maxlength="${spec.maxlength}"`}
  ${spec.autocomplete === undefined ? null : html`autocomplete="${spec.autocomplete}"`}
  ${spec.inputmode === undefined ? null : html`inputmode="${spec.inputmode}"`}
  ${spec.placeholder === undefined ? null : html`placeholder="${spec.placeholder}"`}
  ${spec.accept === undefined ? null : html`accept="${spec.accept}"`}`;
  const input =
    spec.rows === undefined
      ? html`<input type="${type}" value="${value}" ${attributes} />`
      : html`<textarea rows="${spec.rows}" ${attributes}>${value}</textarea>`;
  return html`<div class="field">
    <label for="${name}">${label}</label>${optional(spec.required)} ${input} ${below(call, spec)}
  </div>`;
}

function optional(required: boolean | undefined): Html | null {
  return required ? null : html`<small class="optional">optional</small>`;
}

type Explained = Pick<FieldSpec, 'name' | 'label' | 'help'>;

/** The text below a field: its error and its help; null for none. */
function below(call: PageCall, { name, label, help }: Explained): Html | null {
  const rule = brokenRule(call, name);
  if (rule === null && help === undefined) return null;
  return html`<small id="${name}-help">
    ${rule === null ? null : html`<strong class="wrong">${label} ${rule}.</strong>`} ${help}
  </small>`;
}

function describedBy(call: PageCall, spec: Explained): Html | null {
  return below(call, spec) === null ? null : html`aria-describedby="${spec.name}-help"`;
}

/** The rule that a field broke in a refused form; null when it broke none. */
function brokenRule({ problem }: PageCall, name: string): string | null {
  return problem?.broken?.parameter === name ? problem.broken.rule : null;
}

/** Sets the focus. After a refused form, the wrong field has it. */
function autofocus(call: PageCall, { name, autofocus: wanted }: FieldSpec): Html | null {
  const isWrong = brokenRule(call, name) !== null;
  return flag('autofocus', isWrong || (wanted === true && !call.problem));
}

/** An attribute without a value. */
function flag(name: 'required' | 'autofocus' | 'checked' | 'disabled', on?: boolean) {
  return on ? html`${name}` : null;
}

function invalid(call: PageCall, name: string): Html | null {
  return brokenRule(call, name) === null ? null : html`aria-invalid="true"`;
}

export interface Choice {
  readonly value: string;
  readonly label: Html | string;
  readonly help?: Html | string;
  readonly checked: boolean;
}

/** A group of check boxes or radio buttons under one name. */
export function choices(
  call: PageCall,
  spec: {
    readonly name: string;
    readonly legend: string;
    readonly type: 'checkbox' | 'radio';
    readonly help?: Html | string;
    readonly options: readonly Choice[];
  },
): Html {
  const { name, legend, type, options, help } = spec;
  const again = call.problem ? new Set(call.form.get(name)) : null;
  const explained = { name, label: legend, ...(help !== undefined && { help }) };
  return html`<fieldset class="choices" id="${name}" ${describedBy(call, explained)}>
    <legend>${legend}</legend>
    ${options.map((option) => {
      const on = again ? again.has(option.value) : option.checked;
      const id = `${name}-${option.value}`;
      return html`<div class="choice">
        <input type="${type}" id="${id}" name="${name}" value="${option.value}" ${flag('checked', on)}
          aria-describedby="${id}-help" />
        <label for="${id}">${option.label}</label>
        <small id="${id}-help">${option.help}</small>
      </div>`;
    })}
    ${below(call, explained)}
  </fieldset>`;
}

/** A form with one button, for an action by a click. */
export function actionForm(
  call: PageCall,
  action: string,
  label: string,
  options: {
    readonly tone?: 'primary' | 'secondary' | 'danger';
    readonly hidden?: Readonly<Record<string, string>>;
  } = {},
): Html {
  const { tone = 'secondary', hidden = {} } = options;
  return html`<form method="post" action="${action}" class="inline">
    ${formToken(call)}
    ${Object.entries(hidden).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
    )}
    <button type="submit" class="${tone}">${label}</button>
  </form>`;
}

/** A link that looks like a button. It is a link because it only opens a page. */
export function linkButton(
  href: string,
  label: string,
  tone: 'primary' | 'secondary' | 'danger' = 'secondary',
): Html {
  return html`<a href="${href}" class="button ${tone}">${label}</a>`;
}

/** A moment in UTC, complete for machines and short for people. */
export function moment(date: EpochMs | null): Html {
  if (date === null) return html`<span class="none">never</span>`;
  const iso = iso8601(date);
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

/** A SID or another technical text. It may wrap anywhere, and a click selects all of it. */
export function code(text: string): Html {
  return html`<code class="sid">${text}</code>`;
}

/**
 * A link to another site, or only text when the address is not a web address. The other site learns
 * nothing about our page.
 */
export function outsideLink(url: string | null, label: Html | string): Html | null {
  if (url === null || !/^https?:\/\//i.test(url)) return null;
  return html`<a href="${url}" rel="noopener noreferrer" target="_blank">${label}</a>`;
}

/** A table that scrolls sideways when it is too wide for the screen. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (Html | string | null)[])[],
  caption: string,
): Html {
  return html`<div class="overflow-auto" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The replacement for an empty list. */
export function emptyState(title: string, advice: Html | string, action: Html | null = null): Html {
  return html`<section class="empty">
    <h2>${title}</h2>
    <p>${advice}</p>
    ${action}
  </section>`;
}

/** An app's logo, or the initials of its name when it has none. */
export function appLogo(
  name: string,
  logo_sha256: string | null,
  size: 'small' | 'large' = 'small',
): Html {
  if (logo_sha256 !== null) {
    return html`<img class="logo ${size}" src="/logos/${logo_sha256}.png" alt="" />`;
  }
  return html`<span class="logo initials ${size}" aria-hidden="true">${initialsOf(name)}</span>`;
}

/** The first letters of the first two words. */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = words
    .slice(0, 2)
    .map((word) => [...word.replace(/^[^\p{L}\p{N}]+/u, '')][0] ?? '');
  return letters.join('').toUpperCase() || '?';
}

/** A value that a selection list offers. */
export interface Option {
  readonly value: string;
  readonly label: string;
}

/** A labelled selection list with its help and, after a refused form, its error. */
export function selectField(
  call: PageCall,
  spec: {
    readonly name: string;
    readonly label: string;
    readonly options: readonly Option[];
    /** The selected value before the user chooses one. */
    readonly value?: string | null;
    readonly help?: Html | string;
  },
): Html {
  const { name, options } = spec;
  const chosen = entered(call, name, spec.value);
  return html`<div class="field">
    <label for="${name}">${spec.label}</label>
    <select id="${name}" name="${name}" ${describedBy(call, spec)} ${invalid(call, name)}
      ${autofocus(call, spec)}>
      ${options.map(({ value, label }) => {
        const selected = value === chosen ? html` selected` : null;
        return html`<option value="${value}"${selected}>${label}</option>`;
      })}
    </select>
    ${below(call, spec)}
  </div>`;
}
