import { html } from 'hono/html';
import type { Session } from './demo-memory.ts';
import type { DemoSettings } from './demo-settings.ts';

/** The result of `html`. All text in it is escaped, so attributes need quotes. */
export type Html = ReturnType<typeof html>;

/** Code on a page, which shows developers how the page works. */
export function code(text: Html | string): Html {
  return html`<aside><p><strong>In the code:</strong> ${text}</p></aside>`;
}

export function formToken({ form_token }: Session): Html {
  return html`<input type="hidden" name="form_token" value="${form_token}" />`;
}

interface Frame {
  readonly settings: Pick<DemoSettings, 'home'>;
  readonly session: Session | null;
}

/** The frame around every page. */
export async function layout(
  { settings, session }: Frame,
  title: string,
  body: Html,
): Promise<string> {
  const { home } = settings;
  const user = session?.user ?? null;
  const logOut =
    session && user !== null
      ? html`<form method="post" action="${home}/logout">
          ${formToken(session)}<span class="who">${user}</span>
          <button type="submit" class="quiet">Log out</button>
        </form>`
      : null;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Tieline Demo</title>
        <link rel="icon" href="${home}/icon.svg" />
        <link rel="stylesheet" href="${home}/style.css" />
      </head>
      <body>
        <header>
          <a class="brand" href="${home}"><img src="${home}/icon.svg" alt="" width="32" height="32" /> Tieline Demo</a>${logOut}
        </header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
        <footer>
          <a href="${home}/faq">Questions and answers</a> <a href="${home}/terms">Terms of service</a>
          <span>An example of a Connect app</span>
        </footer>
      </body>
    </html>`;
  return String(await page);
}
/** The page for an error. It names the error and links to the start page. */
export function lostPage(
  settings: DemoSettings,
  { title, text }: { readonly title: string; readonly text: string },
): Promise<string> {
  return layout(
    { settings, session: null },
    title,
    html`<section class="card"><p>${text}</p></section>
      <p><a href="${settings.home}">Back to the start</a></p>`,
  );
}

export function sdkMissingPage(settings: DemoSettings): Promise<string> {
  return layout(
    { settings, session: null },
    'One package is missing',
    html`<section class="card">
      <p>The demo uses the official SDK, which is not installed beside this server. Install it:</p>
      <pre><code>npm install twilio</code></pre>
      <p>Then reload this page.</p>
    </section>`,
  );
}
