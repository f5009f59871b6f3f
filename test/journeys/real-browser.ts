import { test } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A name that browsers do not treat as this machine, with this machine's address.
  '--host-resolver-rules=MAP tieline.test 127.0.0.1',
];

/** The longest wait of a step. After it, the journey fails. */
const PATIENCE_MS = 15_000;

/** A browser for one story. The end of its scope closes it. */
export interface RealBrowser extends AsyncDisposable {
  /** Opens a page of a person with separate cookies. */
  readonly somebody: (options?: { readonly javaScript?: boolean }) => Promise<Page>;
  /** Script errors of pages, and violations of the content security policy. */
  readonly complaints: string[];
}

/** Defines a journey in Chromium. `npm test` says when Chromium is missing. */
export function inChromium(name: string, story: (browser: RealBrowser) => Promise<void>): void {
  const executablePath = process.env['TEST_CHROMIUM'];
  if (!executablePath) return;
  test(name, async () => {
    await using browser = await openBrowser(executablePath);
    await story(browser);
  });
}

async function openBrowser(executablePath: string): Promise<RealBrowser> {
  const browser: Browser = await chromium.launch({ executablePath, args: FLAGS, headless: true });
  const complaints: string[] = [];
  return {
    complaints,
    async somebody({ javaScript = true } = {}) {
      const context: BrowserContext = await browser.newContext({ javaScriptEnabled: javaScript });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => {
        complaints.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      return page;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
