import { schemaTable } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { columnName, payloadColumns, RECORD_COLUMNS } from './columns.ts';

const ENVELOPE_COLUMNS = ['event_type', 'event_id', 'source', 'occurred_at', 'customer_id'];
const topics = [...new Set(schemaTable().map(({ topic }) => topic))];

describe('the columns of an archive', () => {
  it.each(topics)('have names of their own in %s', (topic) => {
    const names = payloadColumns(topic).map(({ name }) => columnName(name));
    const all = [...RECORD_COLUMNS, ...ENVELOPE_COLUMNS, ...names];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  it('are in snake case, and tell a field from what a record has of that name', () => {
    expect(columnName('durationSeconds')).toBe('duration_seconds');
    expect(columnName('partition')).toBe('event_partition');
  });
});
