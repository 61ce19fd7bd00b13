import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPartitions, type Owner } from './assignment.ts';

const groups = fc
  .record({
    partitionCount: fc.integer({ min: 1, max: 64 }),
    owners: fc.uniqueArray(
      fc.record({
        memberId: fc.string({ minLength: 1, maxLength: 6 }),
        owned: fc.array(fc.integer({ min: -2, max: 70 }), { maxLength: 64 }),
      }),
      { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 12 },
    ),
  })
  .map(({ partitionCount, owners }) => ({ partitionCount, owners: owners as readonly Owner[] }));

const sizesOf = (assignment: ReadonlyMap<string, readonly number[]>) => [...assignment.values()].map((p) => p.length);
const asObject = (assignment: ReadonlyMap<string, readonly number[]>) => Object.fromEntries(assignment);

describe('assignPartitions', () => {
  it('gives every partition to exactly one member, whatever members claim', () => {
    fc.assert(
      fc.property(groups, ({ owners, partitionCount }) => {
        const all = [...assignPartitions(owners, partitionCount).values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: partitionCount }, (_, index) => index));
      }),
    );
  });

  it('gives members shares that differ by at most one', () => {
    fc.assert(
      fc.property(groups, ({ owners, partitionCount }) => {
        const sizes = sizesOf(assignPartitions(owners, partitionCount));
        expect(sizes).toHaveLength(owners.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('answers the same for the same members in another order', () => {
    fc.assert(
      fc.property(groups, ({ owners, partitionCount }) => {
        const there = asObject(assignPartitions(owners, partitionCount));
        const back = asObject(assignPartitions([...owners].reverse(), partitionCount));
        expect(back).toEqual(there);
      }),
    );
  });

  it('moves nothing when the group has not changed', () => {
    fc.assert(
      fc.property(groups, ({ owners, partitionCount }) => {
        const first = assignPartitions(owners, partitionCount);
        const settled = [...first].map(([memberId, owned]) => ({ memberId, owned }));
        expect(asObject(assignPartitions(settled, partitionCount))).toEqual(asObject(first));
      }),
    );
  });

  it('moves to a new member no more than its fair share', () => {
    fc.assert(
      fc.property(groups, ({ owners, partitionCount }) => {
        const first = assignPartitions(owners, partitionCount);
        const settled = [...first].map(([memberId, owned]) => ({ memberId, owned }));
        const grown = assignPartitions([...settled, { memberId: 'newcomer', owned: [] }], partitionCount);
        const moved = settled.flatMap(({ memberId, owned }) =>
          owned.filter((partition) => !grown.get(memberId)?.includes(partition)),
        );
        expect(moved).toHaveLength(grown.get('newcomer')?.length ?? -1);
      }),
    );
  });

  it('leaves a partition that two members claim with the lower id', () => {
    const assignment = assignPartitions(
      [
        { memberId: 'b', owned: [0, 1] },
        { memberId: 'a', owned: [1, 2] },
      ],
      4,
    );
    expect(asObject(assignment)).toEqual({ a: [1, 2], b: [0, 3] });
  });

  it('gives members beyond the number of partitions nothing', () => {
    const members = ['a', 'b', 'c'].map((memberId) => ({ memberId, owned: [] }));
    expect(asObject(assignPartitions(members, 2))).toEqual({ a: [0], b: [1], c: [] });
  });
});
