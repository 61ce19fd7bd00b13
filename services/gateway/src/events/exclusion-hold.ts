import type { EventInput } from '@holdfast/events';
import { type SuppressKeys, setHold } from './consent-hold.ts';

/** The exclusion under which nobody is contacted, for whatever purpose, on whichever channel. */
export const DO_NOT_CONTACT = 'do-not-contact';
/** The scope that the dispatcher looks at for every contact, of whatever purpose and on whichever channel. */
const EVERYTHING = '*';

/** The hold for who is not to be contacted any more. Other exclusions wait until they are folded. */
export async function holdForExclusion(
  { customerId, exclusion, active }: EventInput<'ExclusionSet'>,
  keys: SuppressKeys,
): Promise<void> {
  if (exclusion !== DO_NOT_CONTACT) return;
  await setHold(keys, { customerId, scope: EVERYTHING, isHeld: active });
}
