import { checkInput, type EventInput, type EventType } from '@holdfast/events';

/** What cannot be mapped, and what to do about it. */
export interface MappingProblem {
  readonly code: 'missing' | 'unknown' | 'invalid' | 'contradiction';
  /** Where in the request, such as `usageCharacteristic[2].name`. */
  readonly field: string;
  readonly message: string;
  readonly fix: string;
}

export type Mapped =
  | { readonly kind: 'event'; readonly event: EventInput }
  /** It is sound, and says nothing that is recorded. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly problem: MappingProblem };

/** Thrown inside a mapping, so that each step of it says what it needs, and caught where the mapping ends. */
export class MappingError extends Error {
  readonly problem: MappingProblem;
  constructor(code: MappingProblem['code'], field: string, message: string, fix: string) {
    super(message);
    this.name = 'MappingError';
    this.problem = { code, field, message, fix };
  }
}

/** An event as a mapping makes it: unchecked, and where in the request each of its fields came from. */
export interface Draft {
  readonly type: EventType;
  readonly values: Readonly<Record<string, unknown>>;
  readonly places: ReadonlyMap<string, string>;
}

/** Runs a mapping, and holds what it makes to the contract of its event. */
export function mapped(map: () => Draft | undefined): Mapped {
  try {
    const draft = map();
    if (draft === undefined) return { kind: 'nothing' };
    const event = { ...draft.values, type: draft.type } as EventInput;
    const problem = checkInput(event)[0];
    if (problem === undefined) return { kind: 'event', event };
    const field = draft.places.get(problem.field) ?? problem.field;
    const fix = problem.expected === undefined ? 'Correct the value.' : `Send ${problem.expected}.`;
    return { kind: 'refused', problem: { code: 'invalid', field, message: problem.message, fix } };
  } catch (error) {
    if (error instanceof MappingError) return { kind: 'refused', problem: error.problem };
    throw error;
  }
}
