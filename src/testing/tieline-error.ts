/** What the test kit refuses, or what Tieline refused. The message is one sentence. */
export class TielineError extends Error {
  override readonly name = 'TielineError';
  /** The status of Tieline's answer; null when it did not come to one. */
  readonly status: number | null;

  constructor(message: string, status: number | null = null) {
    super(message);
    this.status = status;
  }
}
