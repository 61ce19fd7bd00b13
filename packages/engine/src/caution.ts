import type { Fault } from './dead-letter.ts';

export interface CautionOptions {
  readonly quarantineAfter: number;
  readonly batchSize: number;
}

/**
 * How carefully a claim folds, by how many before it ended without getting on. A record that ends the process takes
 * everybody's records of its batch with it, again and again: so after some claims records go one by one, until the killer
 * stands first, and is set aside by the claim after.
 */
export interface Caution {
  /** Claims in a row that began to fold from these offsets, this one included. */
  readonly attempts: number;
  /**
   * How long to wait before the first record, ms. The shards of a process begin at the same moment, and a killer among them
   * takes all with it: in step, innocent ones would never get as far as a commit. So after a claim that ended they begin one
   * after the other, by partition, and the other way round after the next.
   */
  pauseMs(partition: number): number;
  /** Records of the next commit at the most. */
  limit(): number;
  /** Why the next record is to be set aside unread; undefined when it is not. */
  verdict(): Fault | undefined;
  /** The count to write with a commit of so many records; undefined when it stays. */
  countAfter(records: number): number | undefined;
  committed(records: number): void;
}

/** `stored` is the count as claimed. What this worker outlived is no record's fault. */
export function createCaution(stored: number, hasOutlived: boolean, options: CautionOptions): Caution {
  const { quarantineAfter, batchSize } = options;
  const attempts = hasOutlived ? 1 : stored + 1;
  let folded = 0;
  let isCareful = attempts >= quarantineAfter;

  return {
    attempts,
    pauseMs(partition) {
      if (attempts < 2) return 0;
      const slot = spreadSlot(partition);
      return SLOT_MS * (attempts % 2 === 0 ? slot : SLOTS - 1 - slot);
    },
    limit: () => (isCareful ? 1 : batchSize),
    verdict() {
      if (folded > 0 || attempts <= quarantineAfter) return undefined;
      return { code: 'quarantined', message: `${attempts - 1} workers in a row ended while this record was next` };
    },
    countAfter(records) {
      if (records === 0) return undefined;
      // Those before the killer are innocent: who dies after them is not to begin counting at nothing.
      if (isCareful) return folded + records >= batchSize ? 0 : quarantineAfter - 1;
      return folded === 0 ? 0 : undefined;
    },
    committed(records) {
      folded += records;
      if (folded >= batchSize) isCareful = false;
    },
  };
}

const SLOTS = 16;
/** A commit takes less, also where much is to be done. */
const SLOT_MS = 40;

/** The bits of the partition in reverse: neighbours, which one process has as a rule, lie far apart. */
function spreadSlot(partition: number): number {
  let slot = 0;
  for (let bit = 1; bit < SLOTS; bit *= 2) slot = slot * 2 + (partition & bit ? 1 : 0);
  return slot;
}
