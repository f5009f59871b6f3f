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
  // A name that no browser takes for this machine, and that leads to it all the same.
  '--host-resolver-rules=MAP tieline.test 127.0.0.1',
];

/** How long a step may take before the journey fails rather than waits. */
const PATIENCE_MS = 15_000;

/** A browser of its own for one story, gone at the end of its scope. */
export interface RealBrowser extends AsyncDisposable {
  /** Somebody with cookies of their own. */
  readonly somebody: (options?: { readonly javaScript?: boolean }) => Promise<Page>;
  /** What pages complained of: script errors, and what the content security policy stopped. */
  readonly complaints: string[];
}

/** A journey in Chromium; `npm test` names what it did without. */
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
