/** What was worked out before, or what is worked out now and kept. */
export function remembered<K, V>(
  memory: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  workOut: () => V,
): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const value = workOut();
  memory.set(key, value);
  return value;
}
