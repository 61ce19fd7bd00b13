import type { Configuration, ConfigurationRules } from '@holdfast/engine';
import type { CompiledPolicy } from '@holdfast/policy';
import { type Activations, activationsOf, changesDues } from './activations.ts';
import { type BudgetPeaks, peaksAfter } from './budgets.ts';
import { customerRules, type PolicyKit, type ShardPast } from './customer-rules.ts';
import type { CustomerState } from './customer-state.ts';
import type { CustomerEvent } from './customer-topology.ts';

export type OpenedPolicy =
  | { readonly kind: 'opened'; readonly policy: CompiledPolicy }
  /** `message` says what is wrong and where, for people. */
  | { readonly kind: 'refused'; readonly message: string };

/** What a shard keeps of a policy: the packed files, and since when its latches are in force here. */
interface KeptPolicy {
  /** Base64. */
  readonly files: string;
  readonly activations: Activations;
  /** Absent in what releases kept that knew no budgets. */
  readonly budgetPeaks?: BudgetPeaks;
}

/** The packed files of a policy as a shard keeps it. */
export function packedFilesOf({ text }: Configuration): Buffer {
  return Buffer.from((JSON.parse(text) as KeptPolicy).files, 'base64');
}

export interface PolicySwitchDeps {
  /** What holds before the first published policy. */
  readonly first: PolicyKit;
  /** Opens and compiles packed files that are said to be this version; answers the same for the same. */
  open(files: Buffer, version: string): OpenedPolicy;
  kitOf(policy: CompiledPolicy): PolicyKit;
}

/** Published policies as configurations of the customer topology: their name is the version, their text the packed files. */
export function createPolicySwitch(deps: PolicySwitchDeps): ConfigurationRules<CustomerState, CustomerEvent> {
  const kits = createKits(deps);

  /** What is in force: the published policy that the shard kept, or the one before all. */
  const current = (inForce: Configuration | undefined): { readonly kit: PolicyKit; readonly past: ShardPast } => {
    if (!inForce) return { kit: deps.first, past: NO_PAST };
    const { files, ...past } = readKept(inForce);
    const opened = kits.open(inForce.name, files);
    // It is in force, so it was opened before, in this process.
    return opened.kind === 'opened' ? { kit: opened.kit, past } : { kit: deps.first, past: NO_PAST };
  };

  return {
    open(kept) {
      const { files, ...past } = readKept(kept);
      const opened = kits.open(kept.name, files);
      return opened.kind === 'opened' ? { kind: 'opened', rules: customerRules(opened.kit, past) } : opened;
    },
    take({ name, text: files }, inForce, place) {
      if (inForce?.name === name) return { kind: 'unchanged' };
      const opened = kits.open(name, files);
      if (opened.kind === 'refused') return opened;
      const { kit } = opened;
      const before = current(inForce);
      const activations = activationsOf(
        kit.policy,
        { policy: before.kit.policy, activations: before.past.activations },
        place,
      );
      const { plans } = before.kit.surroundings.budgets;
      const budgetPeaks = peaksAfter({ plans, peaks: before.past.budgetPeaks }, kit.surroundings.budgets.plans);
      const kept: KeptPolicy = { files, activations, budgetPeaks };
      return {
        kind: 'taken',
        kept: { name, text: JSON.stringify(kept) },
        rules: customerRules(kit, { activations, budgetPeaks }),
        isDueChanged: changesDues(before.kit.policy, kit.policy),
      };
    },
  };
}

/** Before the first published policy. */
export const NO_PAST: ShardPast = { activations: {}, budgetPeaks: {} };

/** What the shard keeps of the budgets of policies before; nothing before the first published one. */
export function budgetPeaksIn(kept: Configuration | undefined): BudgetPeaks {
  return kept ? readKept(kept).budgetPeaks : {};
}

function readKept({ text }: Configuration): KeptPolicy & ShardPast {
  return { budgetPeaks: {}, ...(JSON.parse(text) as KeptPolicy) };
}

type OpenedKit = { readonly kind: 'opened'; readonly kit: PolicyKit } | Extract<OpenedPolicy, { kind: 'refused' }>;

/** Beyond it whoever was collected is swept out of the table. */
const SWEPT_ABOVE = 16;

/**
 * Compiled policies by version. Held weakly: the rules of the shards hold what they work by, and what no shard works by
 * any more is collected. Of what was refused the last is remembered: every shard brings the same.
 */
function createKits({ open, kitOf }: PolicySwitchDeps): { open(version: string, files: string): OpenedKit } {
  const kits = new Map<string, { readonly files: string; readonly held: WeakRef<PolicyKit> }>();
  let refused: { readonly version: string; readonly files: string; readonly message: string } | undefined;
  return {
    open(version, files) {
      const known = kits.get(version);
      const kit = known?.files === files ? known.held.deref() : undefined;
      if (kit) return { kind: 'opened', kit };
      if (refused?.version === version && refused.files === files) return { kind: 'refused', message: refused.message };
      const opened = open(Buffer.from(files, 'base64'), version);
      if (opened.kind === 'refused') {
        refused = { version, files, message: opened.message };
        return opened;
      }
      const made = kitOf(opened.policy);
      if (kits.size >= SWEPT_ABOVE) for (const [name, { held }] of kits) if (!held.deref()) kits.delete(name);
      kits.set(version, { files, held: new WeakRef(made) });
      return { kind: 'opened', kit: made };
    },
  };
}
