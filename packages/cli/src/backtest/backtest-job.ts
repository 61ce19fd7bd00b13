import { openArchive, type PlaceOptions } from '@holdfast/archive';
import { type PartitionResult, runPartitions, type SampleOptions, type Window } from '@holdfast/backtest';
import type { LogRecord } from '@holdfast/engine';
import { CONTROL_TOPIC, CUSTOMER_INPUTS, createDecoder } from '@holdfast/events';
import { ERASURE_KIND, erasureWith, KIND_HEADER } from '@holdfast/kafka';
import { asIfLive, type CompiledPolicy, compilePolicy, formatDiagnostic } from '@holdfast/policy';
import { mergeInputs, RehearsalError } from '@holdfast/rehearsal';
import { telecomContract } from '@holdfast/telecom';

/** What every process of a backtest is told. Plain. */
export interface BacktestOrder {
  /** Of the archive. */
  readonly location: string;
  readonly place: PlaceOptions;
  /** Texts by path, of each policy. */
  readonly policyFiles: readonly Readonly<Record<string, string>>[];
  /** Campaigns counted as if live. */
  readonly asIfLive: readonly string[];
  /** Append times read; what lies before the window fills features. */
  readonly readFromMs: number;
  readonly window: Window;
  readonly sample: SampleOptions;
  readonly erasureKey: string | undefined;
}

/** The partitions of one archive, each folded when it is asked for. */
export interface BacktestJob {
  run(partition: number, progress: (records: number) => void): Promise<PartitionResult>;
  close(): Promise<void>;
}

const EVER = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

/** Throws for a policy or an archive that cannot be used. */
export async function openBacktestJob(order: BacktestOrder): Promise<BacktestJob> {
  const policies = order.policyFiles.map((files) => asIfLive(policyOf(files), order.asIfLive));
  const archive = await openArchive(order.location, order.place);
  const decoder = createDecoder();
  for (const [id, schema] of archive.schemas) decoder.addSchema(id, schema);
  const erasure = erasureWith(order.erasureKey);

  const decodeRecord = ({ value }: LogRecord) => {
    const outcome = decoder.decode(value ?? Buffer.alloc(0));
    if (outcome.kind !== 'unknown-schema') return outcome;
    const message = `the archive has no schema ${outcome.schemaId}: the registry did not know it either`;
    return { kind: 'poison', code: 'unknown-schema-id', message } as const;
  };

  /** Wherever in the log: nobody is rehearsed who asked to be forgotten. */
  const erasedIn = async (partition: number): Promise<ReadonlyMap<string, number>> => {
    const erased = new Map<string, number>();
    for await (const stretch of archive.read(CONTROL_TOPIC, partition, EVER)) {
      for (const record of stretch.filter(isErasure)) {
        const opened = erasure.open(record);
        if (opened.kind === 'retry') throw new RehearsalError(opened.message);
        if (opened.kind === 'erasure') erased.set(opened.entityId, record.appendTime);
      }
    }
    return erased;
  };

  return {
    async run(partition, progress) {
      const range = { fromMs: order.readFromMs, toMs: order.window.toMs };
      const erasures = new Map([[partition, await erasedIn(partition)]]);
      const inputs = mergeInputs(CUSTOMER_INPUTS.map((topic) => archive.read(topic, partition, range)));
      const { partitions } = archive.index.identity;
      return runPartitions(
        inputs,
        { policies, decodeRecord, erasure, progress },
        { partitions, window: order.window, sample: order.sample, erasures },
      );
    },
    close: () => archive.close(),
  };
}

function policyOf(files: Readonly<Record<string, string>>): CompiledPolicy {
  const answer = compilePolicy(files, telecomContract());
  if (answer.kind === 'ok') return answer.policy;
  throw new RehearsalError(`the policy cannot be used:\n${answer.diagnostics.map(formatDiagnostic).join('\n')}`);
}

function isErasure({ headers }: LogRecord): boolean {
  return headers[KIND_HEADER]?.toString() === ERASURE_KIND;
}
