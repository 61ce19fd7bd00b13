import { StackFailure } from '../../../../infra/stack/index.mjs';

/** What is wrong is wrong with this file: others may be fine. */
export class UnfitFile extends StackFailure {
  override readonly name = 'UnfitFile';
}
