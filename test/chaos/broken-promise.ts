/** A promise of the product that a run has seen broken, with its evidence. */
export class BrokenPromise extends Error {
  readonly evidence: string;

  constructor(message: string, evidence: unknown = '') {
    super(message);
    this.evidence = typeof evidence === 'string' ? evidence : JSON.stringify(evidence, null, 2);
  }
}
