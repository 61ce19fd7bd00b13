import { userInfo } from 'node:os';
import { MAX_ID_LENGTH } from '@holdfast/events';
import { StackFailure } from '../../../../infra/stack/index.mjs';

/**
 * Who says so: the name given, else HOLDFAST_OPERATOR, else the login name. Nobody verifies it: whoever may run this command
 * on this machine is trusted to say who he is. Throws `StackFailure` on what is no name.
 */
export function operatorName(given: string | undefined, fromEnvironment: string | undefined): string {
  const name = (given ?? (fromEnvironment || loginName())).normalize('NFKC').trim();
  if (name !== '' && name.length <= MAX_ID_LENGTH && !/\p{Cc}/u.test(name)) return name;
  throw new StackFailure(
    name === ''
      ? 'nobody says who does this'
      : `a name has at most ${MAX_ID_LENGTH} characters, none of them a control`,
    'say who you are with --by NAME or HOLDFAST_OPERATOR',
  );
}

/** Whether two names are one person's: case and width of letters do not make two. */
export function isSamePerson(a: string, b: string): boolean {
  return folded(a) === folded(b);
}

function folded(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** A container may run under a number that has no name. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
