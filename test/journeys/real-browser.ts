import { after, test } from 'node:test';
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

/** The browser of one story. The end of its scope closes the pages. */
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

/** The process of Chromium, which the stories share. Their people share nothing. */
let chromiums: Promise<Browser> | null = null;

async function launched(executablePath: string): Promise<Browser> {
  const running = await chromiums?.catch(() => null);
  if (running?.isConnected() !== true) {
    chromiums = chromium.launch({ executablePath, args: FLAGS, headless: true });
  }
  return (await chromiums) as Browser;
}

after(async () => (await chromiums?.catch(() => null))?.close());

async function openBrowser(executablePath: string): Promise<RealBrowser> {
  const browser = await launched(executablePath);
  const complaints: string[] = [];
  const contexts: BrowserContext[] = [];
  return {
    complaints,
    async somebody({ javaScript = true } = {}) {
      const context = await browser.newContext({ javaScriptEnabled: javaScript });
      contexts.push(context);
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
    async [Symbol.asyncDispose]() {
      await Promise.all(contexts.map((context) => context.close()));
    },
  };
}
