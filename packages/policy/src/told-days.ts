import type { BoundFeature } from '@holdfast/features';
import type { Schedule } from './model.ts';

/** Days that events tell; an anniversary is known from the profile. */
type ToldDay = Exclude<Schedule['every'], 'anniversary'>;

/** The event types that tell a day, and the field that says it. */
const SOURCES: Readonly<Record<ToldDay, { readonly types: readonly string[]; readonly field: string }>> = {
  birthday: { types: ['CustomerRegistered', 'CustomerChanged'], field: 'birthDate' },
  'contract-end': { types: ['SubscriptionActivated', 'ContractEnding'], field: 'contractEndsAt' },
};

/** Names of the features in which the days are kept, in the unit of the field: what each event type told last. */
export const TOLD_DAYS: Readonly<Record<ToldDay, readonly string[]>> = {
  birthday: namesOf('birthday'),
  'contract-end': namesOf('contract-end'),
};

/** What is kept for schedules by such a day. */
export function toldDayFeatures(every: Schedule['every']): readonly BoundFeature[] {
  if (every === 'anniversary') return [];
  const { types, field } = SOURCES[every];
  return types.map((from) => ({
    name: nameOf(every, from),
    from,
    aggregation: 'last',
    field,
    where: `has(${field})`,
    window: { kind: 'ever' },
    resolution: 1,
    matches: (event) => typeof event[field] === 'number',
  }));
}

function namesOf(day: ToldDay): readonly string[] {
  return SOURCES[day].types.map((type) => nameOf(day, type));
}

function nameOf(day: ToldDay, type: string): string {
  return `${day.replaceAll('-', '_')}.${type}`;
}
