/** Bytes of bodies under way, within a bound: what is being read cannot take all memory, however many send at once. */
export interface Admission {
  /** False when there is no room; else `leave` the same number of bytes once. */
  enter(bytes: number): boolean;
  leave(bytes: number): void;
}

/** One body is always let in, so that a bound below the largest body stops nobody for ever. */
export function createAdmission(maxBytes: number): Admission {
  let underWay = 0;
  return {
    enter(bytes) {
      if (underWay > 0 && underWay + bytes > maxBytes) return false;
      underWay += bytes;
      return true;
    },
    leave(bytes) {
      underWay -= bytes;
    },
  };
}
