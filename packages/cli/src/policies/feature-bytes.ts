import type { CompiledPolicy } from '@holdfast/policy';

/** What the features of a policy take at the most. */
export interface FeatureBytes {
  readonly bytesPerCustomer: number;
  readonly customers: number;
  /** Of all customers together. */
  readonly bytes: number;
  /** Largest first; what features share is counted for one of them. */
  readonly features: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sharedWith: readonly string[];
  }[];
}

export function featureBytes({ features: { size } }: CompiledPolicy, customers: number): FeatureBytes {
  return {
    bytesPerCustomer: size.bytes,
    customers,
    bytes: size.bytes * customers,
    features: [...size.features].sort((left, right) => right.bytes - left.bytes || (left.name < right.name ? -1 : 1)),
  };
}

/** A line for all, then one for each feature. */
export function describeFeatureBytes({ bytesPerCustomer, customers, bytes, features }: FeatureBytes): string[] {
  const base = customers.toLocaleString('en');
  const width = Math.max(0, ...features.map(({ name }) => name.length));
  return [
    `features take at most ${bytesPerCustomer} bytes per customer, ${inUnits(bytes)} for ${base} customers`,
    ...features.map(({ name, bytes: own, sharedWith }) => {
      const shared = sharedWith.length === 0 ? '' : `  shared with ${sharedWith.join(', ')}`;
      return `  ${name.padEnd(width)} ${String(own).padStart(6)}${shared}`;
    }),
  ];
}

/** Decimal units, as disks and memory are sold. */
function inUnits(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
