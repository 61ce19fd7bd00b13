import { chooseKind, type SecuredListeners, type StackKind } from '../../../infra/stack/index.mjs';
import { startNativeStack } from './native-stack.ts';
import type { Stack } from './stack-model.ts';

export type { RedisHandle, ServiceHandle, Stack } from './stack-model.ts';

export interface StackOptions {
  /** Without it: containers when an engine answers and has the images, else processes; HOLDFAST_STACK forces one. */
  readonly kind?: StackKind;
  /** Listeners for who proves himself, beside the usual ones; only of a native stack. */
  readonly secured?: SecuredListeners;
}

/** Starts a stack; the caller stops it. Throws a StackFailure that says what is missing on this machine. */
export async function startStack({ kind, secured }: StackOptions = {}): Promise<Stack> {
  if ((kind ?? chooseKind().kind) === 'native') return startNativeStack(secured);
  // Only here: the library takes half a second to load.
  const { startContainerStack } = await import('./container-stack.ts');
  return startContainerStack();
}
