import type { Schema } from 'avsc';
import type { LayoutSchemas } from './avro-layout.ts';
import { ATTRIBUTE_NAMES } from './customer-state.ts';
import { LAYOUT_1 } from './layout-1.ts';

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

/** Fields that layout 1 did not have, with what they are in a state it wrote. */
const text = (name: string): Field => ({ name, type: 'string', default: '' });
const number = (name: string): Field => ({ name, type: 'long', default: 0 });

const CONTACT: readonly Field[] = [
  text('occasion'),
  { name: 'step', type: 'string', default: 'first' },
  text('variant'),
  text('segment'),
  number('decidedAt'),
  number('costMinor'),
  number('slotAt'),
  number('validUntil'),
  number('sentAt'),
  number('seenAt'),
  number('presentedAt'),
  number('acceptedAt'),
  number('deferredUntil'),
  number('counted'),
];

const ENROLMENT: readonly Field[] = [
  text('variant'),
  text('offer'),
  text('channel'),
  text('trigger'),
  number('contactCount'),
  number('planEndedAt'),
  number('horizonsDone'),
  { name: 'revenueMinor', type: { type: 'array', items: 'long' }, default: [] },
  number('acceptedAt'),
  number('activatedAt'),
  number('churnedAt'),
];

/** With the universal holdout, which layout 1 enrols nowhere. */
const ARM = { type: 'enum', name: 'Arm', symbols: ['treated', 'control', 'holdout'] };

const PLAN = {
  type: 'record',
  name: 'CampaignPlan',
  fields: [
    { name: 'campaign', type: 'string' },
    { name: 'trigger', type: 'string' },
    { name: 'occasion', type: 'string' },
    { name: 'offer', type: 'string' },
    { name: 'arm', type: 'Arm' },
    { name: 'variant', type: 'string' },
    { name: 'startedAt', type: 'long' },
    { name: 'stepIndex', type: 'long' },
    { name: 'attempt', type: 'long' },
    { name: 'lastContactId', type: 'string' },
    { name: 'lastSendAt', type: 'long' },
    { name: 'next', type: { type: 'enum', name: 'PlanTurn', symbols: ['step', 'fallback', 'reminder', 'end'] } },
    { name: 'dueAt', type: 'long' },
    { name: 'endedAt', type: 'long' },
    { name: 'endReason', type: 'string' },
  ],
};

interface RecordSchema {
  readonly fields: readonly Field[];
}

interface ListSchema {
  readonly type: 'array';
  readonly items: RecordSchema;
}

function dealings(): Schema {
  const before = LAYOUT_1.dealings as unknown as RecordSchema;
  const fields = before.fields.map((field) => {
    if (field.name === 'contacts') return withItems(field, (items) => [...items, ...CONTACT]);
    if (field.name === 'enrolments') return withItems(field, (items) => [...items.map(withHoldout), ...ENROLMENT]);
    return field;
  });
  return {
    ...before,
    fields: [...fields, { name: 'plans', type: { type: 'array', items: PLAN }, default: [] }],
  } as Schema;
}

function withItems(field: Field, change: (fields: readonly Field[]) => readonly Field[]): Field {
  const list = field.type as ListSchema;
  return { ...field, type: { ...list, items: { ...list.items, fields: change(list.items.fields) } } };
}

function withHoldout(field: Field): Field {
  return field.name === 'arm' ? { ...field, type: ARM } : field;
}

const HOUSEHOLD = {
  type: 'record',
  name: 'HouseholdLink',
  fields: [
    { name: 'householdId', type: 'string' },
    { name: 'role', type: 'string' },
    { name: 'linkedAt', type: 'long' },
    { name: 'unlinkedAt', type: 'long' },
  ],
};

function facts(): Schema {
  const before = LAYOUT_1.facts as unknown as RecordSchema;
  const fields = before.fields.map((field) =>
    field.name === 'attributes' ? withItems(field, (items) => items.map(withAccountManager)) : field,
  );
  return {
    ...before,
    fields: [...fields, { name: 'households', type: { type: 'array', items: HOUSEHOLD }, default: [] }],
  } as Schema;
}

function withAccountManager(field: Field): Field {
  if (field.name !== 'name') return field;
  return { ...field, type: { ...(field.type as object), symbols: ATTRIBUTE_NAMES } };
}

/** Of the customer it has households and who looks after him; what passed between the customer and us has plans of campaigns, and of contacts and enrolments what became of them. */
export const LAYOUT_2: LayoutSchemas = { state: LAYOUT_1.state, facts: facts(), dealings: dealings() };
