import type { LogRecord, PreparedRecord } from '@holdfast/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDueIndex } from './due-index.ts';
import { createFeedLooks } from './feed-looks.ts';
import { mergeInputs } from './merge-inputs.ts';

function recordAt(appendTime: number, topic = 't', offset = 0): LogRecord {
  return { topic, partition: 0, offset, appendTime, key: null, value: null, headers: {} };
}

describe('the due index', () => {
  const change = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    dueMs: fc.option(fc.integer({ min: 0, max: 20 })),
    askUntil: fc.option(fc.integer({ min: 0, max: 20 })),
    limit: fc.integer({ min: 1, max: 4 }),
  });

  it('answers what a list sorted anew each time answers', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const index = createDueIndex();
        const plain = new Map<string, number>();
        for (const { id, dueMs, askUntil, limit } of changes) {
          if (dueMs === null) index.remove(id);
          else index.set(id, dueMs);
          if (dueMs === null) plain.delete(id);
          else plain.set(id, dueMs);
          const sorted = [...plain].sort(([x, a], [y, b]) => a - b || (x < y ? -1 : 1));
          expect(index.nextMs()).toBe(sorted[0]?.[1] ?? 9_000_000_000_000_000);
          if (askUntil === null) continue;
          const due = sorted.filter(([, at]) => at <= askUntil).map(([name, at]) => ({ id: name, dueMs: at }));
          expect(index.dueUntil(askUntil, limit)).toEqual(due.slice(0, limit));
        }
      }),
    );
  });
});

describe('looks at timers that wait for their feed', () => {
  const RETRY_MS = 5_000;
  const prepared = (appendTime: number, source: string): PreparedRecord<string> => ({
    record: recordAt(appendTime),
    decoded: {
      kind: 'event',
      entityId: 'x',
      event: '',
      identity: { source, eventId: '', type: 'T', occurredAt: appendTime },
    },
  });

  it('come at the times at which a shard that looks every few seconds would first see something new', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(200_000), fc.constantFrom('ours', 'other'))),
        fc.nat(200_000),
        (coming, nowMs) => {
          const records = coming.sort(([a], [b]) => a - b).map(([at, source]) => prepared(at, source));
          const looks = createFeedLooks(RETRY_MS);
          looks.expect(records, 200_000);
          looks.note('ours|T');
          const next = records.find(
            ({ record, decoded }) =>
              record.appendTime >= nowMs && decoded.kind === 'event' && decoded.identity.source === 'ours',
          );
          let look = Math.ceil((nowMs + RETRY_MS) / 1_000) * 1_000;
          while (look < (next?.record.appendTime ?? 200_001)) look += RETRY_MS;
          expect(looks.nextLookMs(nowMs)).toBe(look);
        },
      ),
    );
  });
});

describe('merged inputs', () => {
  it('come by append time, then topic, then offset, each input in its own order', async () => {
    const input = fc.array(fc.nat(5), { maxLength: 30 }).map((gaps) => {
      let at = 0;
      return gaps.map((gap) => {
        at += gap;
        return at;
      });
    });
    await fc.assert(
      fc.asyncProperty(fc.tuple(input, input, input), fc.integer({ min: 1, max: 7 }), async (inputs, cut) => {
        const topics = inputs.map((times, topic) => times.map((at, offset) => recordAt(at, `t${topic}`, offset)));
        const merged: LogRecord[] = [];
        for await (const stretch of mergeInputs(topics.map((records) => inStretches(records, cut))))
          merged.push(...stretch);
        const sorted = topics
          .flat()
          .sort((a, b) => a.appendTime - b.appendTime || (a.topic < b.topic ? -1 : Number(a.topic > b.topic)));
        expect(merged).toEqual(sorted);
      }),
    );
  });

  it('keep the order of an input whose append times go back, as a live shard does', async () => {
    const back = [recordAt(5, 'a', 0), recordAt(3, 'a', 1)];
    const other = [recordAt(4, 'b', 0)];
    const merged: LogRecord[] = [];
    for await (const stretch of mergeInputs([inStretches(back, 9), inStretches(other, 9)])) merged.push(...stretch);
    expect(merged.map(({ topic, offset }) => `${topic}${offset}`)).toEqual(['b0', 'a0', 'a1']);
  });
});

async function* inStretches(records: readonly LogRecord[], length: number) {
  yield [];
  for (let from = 0; from < records.length; from += length) yield records.slice(from, from + length);
}
