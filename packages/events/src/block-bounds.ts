import type { Type, types } from 'avsc';

/**
 * Answers where a value that starts at `position` ends, or -1 when the bytes cannot hold it. Array and map blocks carry
 * an item count that a decoder loops over before it notices that the bytes are gone: ten bad bytes could keep it busy
 * for hours. Writer schemas with such blocks are therefore walked first, with every count and length bounded by the
 * bytes that are left.
 */
export type Walk = (bytes: Buffer, position: number) => number;

/** A walk over one record body, or null when the schema has no array and no map and a decoder is bounded by itself. */
export function boundsOf(type: Type): Walk | null {
  const walks = new Map<Type, Walk>();
  const walk = walkOf(type, walks);
  return [...walks.keys()].some((seen) => seen.typeName === 'array' || seen.typeName === 'map') ? walk : null;
}

function walkOf(type: Type, walks: Map<Type, Walk>): Walk {
  const known = walks.get(type);
  if (known !== undefined) return known;
  // Entered before its parts are built, so that a schema that contains itself ends here.
  let built: Walk = () => -1;
  walks.set(type, (bytes, position) => built(bytes, position));
  built = buildWalk(type, walks);
  return built;
}

function buildWalk(type: Type, walks: Map<Type, Walk>): Walk {
  switch (type.typeName) {
    case 'null':
      return (_bytes, position) => position;
    case 'boolean':
      return fixed(1);
    case 'float':
      return fixed(4);
    case 'double':
      return fixed(8);
    case 'fixed':
      return fixed((type as types.FixedType).size);
    case 'string':
    case 'bytes':
      return lengthPrefixed;
    case 'record':
      return sequence((type as types.RecordType).fields.map((field) => walkOf(field.type, walks)));
    case 'array':
      return blocks(walkOf((type as types.ArrayType).itemsType, walks));
    case 'map':
      return blocks(sequence([lengthPrefixed, walkOf((type as types.MapType).valuesType, walks)]));
    case 'union:unwrapped':
    case 'union:wrapped':
      return branches((type as types.UnwrappedUnionType).types.map((branch) => walkOf(branch, walks)));
    default:
      return (bytes, position) => readVarint(bytes, position).end;
  }
}

function fixed(size: number): Walk {
  return (bytes, position) => (position + size <= bytes.length ? position + size : -1);
}

function lengthPrefixed(bytes: Buffer, position: number): number {
  const { value, end } = readVarint(bytes, position);
  return end >= 0 && value >= 0 && value <= bytes.length - end ? end + value : -1;
}

function sequence(walks: readonly Walk[]): Walk {
  return (bytes, position) => {
    let at = position;
    for (const walk of walks) {
      at = walk(bytes, at);
      if (at < 0) return -1;
    }
    return at;
  };
}

function branches(walks: readonly Walk[]): Walk {
  return (bytes, position) => {
    const { value, end } = readVarint(bytes, position);
    const walk = walks[value];
    return end >= 0 && walk !== undefined ? walk(bytes, end) : -1;
  };
}

function blocks(item: Walk): Walk {
  return (bytes, position) => {
    let at = position;
    for (;;) {
      const count = readVarint(bytes, at);
      if (count.end < 0) return -1;
      if (count.value === 0) return count.end;
      at = count.value > 0 ? itemsOf(bytes, count.end, count.value, item) : sizedItems(bytes, count, item);
      if (at < 0) return -1;
    }
  };
}

/** A negative count is followed by the block's size. It must be true: a skipping reader jumps by it. */
function sizedItems(bytes: Buffer, count: Varint, item: Walk): number {
  const size = readVarint(bytes, count.end);
  if (size.end < 0) return -1;
  const end = itemsOf(bytes, size.end, -count.value, item);
  return end === size.end + size.value ? end : -1;
}

function itemsOf(bytes: Buffer, position: number, count: number, item: Walk): number {
  // An item of no bytes (null, an empty record) would make the count free of charge.
  if (count > bytes.length - position) return -1;
  let at = position;
  for (let index = 0; index < count && at >= 0; index += 1) at = item(bytes, at);
  return at;
}

interface Varint {
  readonly value: number;
  readonly end: number;
}

const UNREADABLE: Varint = { value: 0, end: -1 };

/** Zigzag varint of at most 10 bytes. Exact up to 2^53, which is more than any count or length here may be. */
function readVarint(bytes: Buffer, position: number): Varint {
  let unsigned = 0;
  let scale = 1;
  for (let at = position; at < bytes.length && at < position + 10; at += 1) {
    const byte = bytes[at] ?? 0;
    unsigned += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return { value: unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2, end: at + 1 };
  }
  return UNREADABLE;
}
