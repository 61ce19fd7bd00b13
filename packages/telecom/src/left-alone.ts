import { activeExclusions } from './attributes.ts';
import { decodeCustomerState } from './state-codec.ts';

/** Whether a stored customer wants to be left alone, whatever it is about. Throws on a layout of a later release. */
export function isLeftAlone(stateBytes: Buffer): boolean {
  return activeExclusions(decodeCustomerState('', stateBytes).facts.read()).includes('do-not-contact');
}
