const FNV_OFFSET = 0x811c9dc5;

/**
 * 32 bits that stand for a text or a number; undefined for other values. FNV-1a, then the finalizer of MurmurHash3, as a
 * sketch needs every bit to depend on all of the text.
 */
export function hashOfValue(value: unknown, seed = FNV_OFFSET): number | undefined {
  if (typeof value !== 'string' && (typeof value !== 'number' || !Number.isFinite(value))) return undefined;
  const text = String(value);
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash);
}

function mixed(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
