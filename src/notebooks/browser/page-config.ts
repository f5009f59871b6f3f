/** The server's settings for the page, from the data attributes of the page's root element. */
export interface PageConfig {
  readonly account_sid: string;
  /** The console page that shows the auth tokens. */
  readonly tokens_path: string;
  readonly worker_path: string;
  readonly chai_path: string;
  /** The list of the product's own notebooks. */
  readonly notebooks_path: string;
  /** The nonce for style sheets that scripts create. */
  readonly style_nonce: string;
}

/** Reads the page's configuration. @throws Error when an attribute is missing */
export function readPageConfig({ dataset }: HTMLElement): PageConfig {
  const read = (name: string) => {
    const value = dataset[name];
    if (value === undefined) throw new Error(`the page does not say ${name}`);
    return value;
  };
  return {
    account_sid: read('accountSid'),
    tokens_path: read('tokensPath'),
    worker_path: read('workerPath'),
    chai_path: read('chaiPath'),
    notebooks_path: read('notebooksPath'),
    style_nonce: read('styleNonce'),
  };
}
