/** A failure the user can mend: what happened, and a hint what to do about it. */
export class StackFailure extends Error {
  constructor(message, hint = '') {
    super(message);
    this.name = 'StackFailure';
    this.hint = hint;
  }
}
