import type { CompiledPolicy } from '@holdfast/policy';
import type { ExplanationOptions } from './explanation.ts';

export interface UnknownName {
  readonly kind: 'campaign' | 'trigger' | 'offer';
  readonly name: string;
  /** What the policy has of the kind. */
  readonly known: readonly string[];
}

/** A name that the policy does not have: it would come out as a customer whom nothing concerns. */
export function unknownName(
  asked: Pick<ExplanationOptions, 'campaign' | 'trigger' | 'offer'>,
  policy: CompiledPolicy,
): UnknownName | undefined {
  const kinds = [
    ['campaign', policy.campaigns],
    ['trigger', policy.triggers],
    ['offer', policy.offers],
  ] as const;
  for (const [kind, all] of kinds) {
    const name = asked[kind];
    if (name !== undefined && !all.has(name)) return { kind, name, known: [...all.keys()] };
  }
  return undefined;
}
