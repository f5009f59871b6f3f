/** A refusal of the test kit or of Tieline. The message is one sentence. */
export class TielineError extends Error {
  override readonly name = 'TielineError';
  /** The status of Tieline's answer; null when there was no answer. */
  readonly status: number | null;

  constructor(message: string, status: number | null = null) {
    super(message);
    this.status = status;
  }
}
