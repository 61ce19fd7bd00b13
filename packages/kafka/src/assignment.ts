/** A member of the group and the partitions it says it owns. */
export interface Owner {
  readonly memberId: string;
  readonly owned: readonly number[];
}

/**
 * Gives each of the partitions `[0, partitionCount)` to one member, sizes differing by at most one. A member keeps what
 * it owns as far as its fair share allows; of two that claim the same partition the one with the lower id keeps it.
 * The same members and claims, in any order, give the same answer.
 */
export function assignPartitions(members: readonly Owner[], partitionCount: number): ReadonlyMap<string, number[]> {
  const claims = settleClaims(members, partitionCount);
  const shares = fairShares(claims, partitionCount);
  const kept = new Map<string, number[]>();
  const taken = new Set<number>();
  for (const [memberId, owned] of claims) {
    const keep = owned.slice(0, shares.get(memberId));
    for (const partition of keep) taken.add(partition);
    kept.set(memberId, keep);
  }
  const free = range(partitionCount).filter((partition) => !taken.has(partition));
  for (const [memberId, partitions] of kept) {
    partitions.push(...free.splice(0, (shares.get(memberId) ?? 0) - partitions.length));
    partitions.sort(ascending);
  }
  return kept;
}

/** Valid claims by member id in ascending order, each partition claimed once. */
function settleClaims(members: readonly Owner[], partitionCount: number): Map<string, number[]> {
  const claimed = new Set<number>();
  const claims = new Map<string, number[]>();
  for (const { memberId, owned } of [...members].sort(byMemberId)) {
    const valid = [...new Set(owned)].filter((p) => Number.isInteger(p) && p >= 0 && p < partitionCount);
    const mine = valid.filter((partition) => !claimed.has(partition)).sort(ascending);
    for (const partition of mine) claimed.add(partition);
    claims.set(memberId, mine);
  }
  return claims;
}

/** The larger shares go to the members that own most, so that the fewest partitions move. */
function fairShares(claims: ReadonlyMap<string, readonly number[]>, partitionCount: number): Map<string, number> {
  const small = Math.floor(partitionCount / claims.size);
  const larger = partitionCount % claims.size;
  const byClaims = [...claims].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  return new Map(byClaims.map(([memberId], index) => [memberId, index < larger ? small + 1 : small]));
}

function byMemberId(a: Owner, b: Owner): number {
  if (a.memberId === b.memberId) return 0;
  return a.memberId < b.memberId ? -1 : 1;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
