/**
 * A sketch of how many different hashes there were: by the first 8 bits of a hash one of 256 registers, which keeps the
 * longest run of zeros in the other 24. The standard error is 1.04 / sqrt(256) = 6.5 %. After Flajolet et al., "HyperLogLog"
 * (2007); the estimate is that of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), which needs
 * no corrections for few or many values.
 */
export const REGISTERS = 256;
const INDEX_BITS = 8;
const HASH_BITS = 32 - INDEX_BITS;
const REGISTER_BITS = 5;
const LARGEST_RANK = 31;
/** Of all registers, packed. */
export const SKETCH_BYTES = (REGISTERS * REGISTER_BITS) / 8;

/** Raises the register of the hash. */
export function addToRegisters(registers: Uint8Array, hash: number): void {
  const index = indexOf(hash);
  const rank = rankOf(hash);
  if (rank > (registers[index] as number)) registers[index] = rank;
}

/** Raises the register of the hash among those packed at `at`. */
export function addToPacked(bytes: Buffer, at: number, hash: number): void {
  const index = indexOf(hash);
  const known = packedRank(bytes, at, index);
  const rank = rankOf(hash);
  if (rank > known) putBits(bytes, at, index, known ^ rank);
}

/** Raises the registers to those packed at `at`. */
export function mergePacked(registers: Uint8Array, bytes: Buffer, at: number): void {
  for (let index = 0; index < REGISTERS; index += 1) {
    const rank = packedRank(bytes, at, index);
    if (rank > (registers[index] as number)) registers[index] = rank;
  }
}

/** How many different hashes were added, rounded. */
export function estimate(registers: Uint8Array): number {
  const having = new Array<number>(HASH_BITS + 2).fill(0);
  for (const rank of registers) having[rank] = (having[rank] as number) + 1;
  let sum = REGISTERS * tau(1 - (having[HASH_BITS + 1] as number) / REGISTERS);
  for (let rank = HASH_BITS; rank >= 1; rank -= 1) sum = 0.5 * (sum + (having[rank] as number));
  sum += REGISTERS * sigma((having[0] as number) / REGISTERS);
  return Math.round((REGISTERS * REGISTERS) / (2 * Math.LN2 * sum));
}

function indexOf(hash: number): number {
  return hash >>> HASH_BITS;
}

function rankOf(hash: number): number {
  return Math.min(Math.clz32(hash << INDEX_BITS), HASH_BITS) + 1;
}

/** A register lies in two bytes from the one in which it begins. */
function packedRank(bytes: Buffer, at: number, index: number): number {
  const bit = index * REGISTER_BITS;
  const byteAt = at + (bit >> 3);
  const word = (bytes[byteAt] as number) | ((bytes[byteAt + 1] ?? 0) << 8);
  return (word >> (bit & 7)) & LARGEST_RANK;
}

/** Turns the bits that are set. */
function putBits(bytes: Buffer, at: number, index: number, bits: number): void {
  const bit = index * REGISTER_BITS;
  const byteAt = at + (bit >> 3);
  const word = bits << (bit & 7);
  bytes[byteAt] = (bytes[byteAt] as number) ^ (word & 255);
  if (word > 255) bytes[byteAt + 1] = (bytes[byteAt + 1] as number) ^ (word >> 8);
}

/** Registers still empty: x + sum of x^(2^k) 2^(k-1). */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let [power, weight, sum, before] = [share, 1, share, Number.NaN];
  while (sum !== before) {
    before = sum;
    power *= power;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}

/** Registers that can rise no further. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [root, weight, sum, before] = [share, 1, 1 - share, Number.NaN];
  while (sum !== before) {
    before = sum;
    root = Math.sqrt(root);
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
