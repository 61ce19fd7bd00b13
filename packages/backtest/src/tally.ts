/** Counts by name, and how many customers stand behind a name. */
export interface Tally {
  add(name: string, by?: number): void;
  /** Counts a customer once per name. */
  addCustomer(name: string, customerId: string): void;
  customersOf(name: string): ReadonlySet<string>;
  totals(): Totals;
}

/** Plain, so that it can leave a process. Customers are of one partition only, so those of several add up. */
export interface Totals {
  readonly counts: Readonly<Record<string, number>>;
  readonly customers: Readonly<Record<string, number>>;
}

const NOBODY: ReadonlySet<string> = new Set();

export function createTally(): Tally {
  const counts = new Map<string, number>();
  const customers = new Map<string, Set<string>>();
  return {
    add: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    addCustomer(name, customerId) {
      const known = customers.get(name);
      if (known) known.add(customerId);
      else customers.set(name, new Set([customerId]));
    },
    customersOf: (name) => customers.get(name) ?? NOBODY,
    totals: () => ({
      counts: Object.fromEntries(counts),
      customers: Object.fromEntries([...customers].map(([name, ids]) => [name, ids.size])),
    }),
  };
}

export function sumTotals(all: readonly Totals[]): Totals {
  return { counts: sum(all.map(({ counts }) => counts)), customers: sum(all.map(({ customers }) => customers)) };
}

function sum(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total = new Map<string, number>();
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) total.set(name, (total.get(name) ?? 0) + count);
  }
  return Object.fromEntries(total);
}
