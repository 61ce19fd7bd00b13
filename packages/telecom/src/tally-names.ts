/** Every name of a number that a shard keeps is built here. */
export const tallyNames = {
  /** What contacts of the campaign cost, minor units; without those that ended unsent. */
  spent: (campaign: string) => `spent|${campaign}`,
  /** How many they are. */
  pieces: (campaign: string) => `pieces|${campaign}`,
  /** All that this shard was granted of the campaign's budget, beyond its share. */
  granted: (campaign: string, unit: BudgetUnit) => `granted|${unit}|${campaign}`,
  /** Not 0 while an answer is waited for. */
  asked: (campaign: string) => `asked|${campaign}`,
  /** In the shard of partition 0: all that it has granted to a partition. */
  given: (campaign: string, unit: BudgetUnit, partition: number) => `given|${unit}|${partition}|${campaign}`,
  /** Contacts in a slot of a channel. */
  slot: (channel: string, slotMs: number) => `slot|${channel}|${slotMs}`,
};

/** What a budget is counted in: money in minor units, and contacts. */
export type BudgetUnit = 'minor' | 'pieces';
