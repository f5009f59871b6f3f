import { html } from 'hono/html';
import type { App } from '../app.ts';
import { listFaults } from '../http/faults.ts';
import type { Html, PageCall, Problem, View } from '../http/pages/page.ts';
import type { ApiError } from '../kit/api-error.ts';
import { lengthText } from '../kit/clock.ts';
import { withoutDirections } from '../kit/shown-name.ts';
import { CONSOLE_CSS, CONSOLE_SCRIPT, ICON, PICO_CSS } from './assets.ts';
import { accountSwitcher, navigation, personMenu, searchField } from './frame-parts.ts';
import { CLOCK_PAGE } from './navigation.ts';
import { moment } from './widgets.ts';

/**
 * Renders a page with its frame: navigation, account switcher and notices. Pages know only `View`,
 * so the frame can change without them.
 */
export async function renderView(view: View, call: PageCall): Promise<string> {
  const inside = html`<h1>${typeof view.title === 'string' ? view.title : view.title.html}</h1>
    ${noticeOf(call)} ${view.body}`;
  const frame = view.plain ? plainFrame(call.app, inside) : consoleFrame(view, call, inside);
  return String(await documentOf(titleOf(view, call), frame));
}

/**
 * The title of a window, which screen readers read first. It names an error in a form, the page,
 * and the account if the person has several.
 */
function titleOf(view: View, { account, accounts, problem }: PageCall): string {
  const title = typeof view.title === 'string' ? view.title : view.title.text;
  const name = accounts.length > 1 && account && withoutDirections(account.friendly_name);
  const whose = view.section === 'operator' ? 'Platform' : name;
  const whole = whose && whose !== title ? `${title} · ${whose}` : title;
  return problem ? `Error: ${whole}` : whole;
}

/** The page for an error or a missing page. */
export async function renderError(error: ApiError, app: App): Promise<string> {
  const [title, advice] = ERRORS[error.status] ?? [
    'Something is wrong',
    html`<p><a href="/console">Go to the console</a></p>`,
  ];
  const message = error.status === 404 ? MISSING : error.message;
  const inside = html`<h1>${title}</h1>
    <p>${message}</p>
    ${advice}`;
  return String(await documentOf(title, plainFrame(app, inside)));
}

const MISSING =
  'There is no such page, or it is not yours to see. Check the address, or sign in as somebody else.';

const home = html`<p><a href="/console">Go to the console</a></p>`;
const ERRORS: Readonly<Record<number, readonly [string, Html]>> = {
  400: ['That did not work', home],
  401: ['Log in first', html`<p><a href="/login">Log in</a></p>`],
  403: ['That is not allowed', home],
  404: ['Not found', home],
  405: ['That did not work', home],
  413: ['Too large', home],
  429: ['Too many requests', html`<p>Wait a moment, then try again.</p>`],
  500: ['Something went wrong', html`<p>Nothing was changed. Try again in a moment.</p>`],
  503: ['Busy', html`<p>Nothing was changed. Try again in a moment.</p>`],
};

function documentOf(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Tieline</title>
        <link rel="icon" href="${ICON.path}" />
        <link rel="stylesheet" href="${PICO_CSS.path}" />
        <link rel="stylesheet" href="${CONSOLE_CSS.path}" />
      </head>
      <body>
        ${body}
      </body>
    </html>`;
}

function plainFrame(app: App, inside: Html): Html {
  return html`<div class="plain">
    <header>${BRAND}</header>
    ${app.clock.isMoved ? developmentStrip(app) : null}
    <main class="card" id="content">${inside}</main>
  </div>`;
}

/**
 * The line above each page of a development server: its clock, which explains the dates on the page,
 * and its faults, which explain failed requests.
 */
function developmentStrip(app: App): Html | null {
  const { clock, config } = app;
  const faults = config.mode === 'development' ? listFaults(app).length : 0;
  if (config.mode !== 'development' && !clock.isMoved) return null;
  const failing =
    faults === 0 ? 'No faults' : `${faults} ${faults === 1 ? 'fault is' : 'faults are'} active`;
  const isOn = clock.isMoved || faults > 0;
  return html`<aside class="devstrip ${isOn ? 'moved' : ''}" aria-label="Clock">
    <p>
      ${
        clock.isMoved
          ? html`<strong>The clock is ${lengthText(clock.ahead_ms)} ahead of real time:</strong> here it is
          ${moment(clock.now())}.`
          : 'Clock: real time.'
      }
      ${config.mode === 'development' ? html`${failing}.` : null}
    </p>
    <a href="${CLOCK_PAGE}">Clock</a>
  </aside>`;
}

const BRAND = html`<a class="brand" href="/console"
  ><img src="${ICON.path}" alt="" width="26" height="26" /><span>Tieline</span></a
>`;

function consoleFrame(view: View, call: PageCall, inside: Html): Html {
  return html`<a class="skip" href="#content">Skip to the content</a>
    <header class="bar">
      ${BRAND} ${accountSwitcher(view, call)} ${searchField(view, call)} ${personMenu(call)}
    </header>
    ${developmentStrip(call.app)}
    <div class="frame">
      ${navigation(view, call)}
      <main id="content" tabindex="-1">${suspension(call)} ${inside}</main>
    </div>
    <script src="${CONSOLE_SCRIPT.path}" defer></script>`;
}

function suspension({ account }: PageCall): Html | null {
  if (account?.status !== 'suspended') return null;
  return html`<p class="notice bad" role="alert">
    This account is suspended. The API refuses its requests, and nothing in it can be changed. Ask the
    operator of this platform to reactivate it.
  </p>`;
}

function noticeOf({ notice, problem }: PageCall): Html | null {
  if (problem) {
    // The focus makes screen readers read the notice. If one field is wrong, that field has the
    // focus.
    const focus = problem.broken === null ? html`tabindex="-1" autofocus` : null;
    return html`<p class="notice bad" role="alert" ${focus}>${explain(problem)}</p>`;
  }
  return notice === null ? null : html`<p class="notice good" role="status">${notice}</p>`;
}

/** Replaces a field's technical name, such as `FriendlyName`, by words: "Friendly name". */
function explain({ message, broken }: Problem): Html | string {
  if (broken === null) return message;
  const { parameter, rule } = broken;
  const words = parameter
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replaceAll('_', ' ');
  return html`<a href="#${parameter}">${words.charAt(0).toUpperCase()}${words.slice(1)}</a> ${rule}.`;
}
