/** A failure a person can act on: what went wrong, and what to do about it. */
export class SetupError extends Error {
  /**
   * @param {string} cause one sentence
   * @param {string} remedy what to do, preferably a command
   * @param {unknown} [original]
   */
  constructor(cause, remedy, original) {
    super(cause, { cause: original });
    this.name = 'SetupError';
    this.remedy = remedy;
  }
}

/** Ctrl-C: nothing is wrong, and the same command goes on later. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}
