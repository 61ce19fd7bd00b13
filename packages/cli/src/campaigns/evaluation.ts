import { ArchiveError, type ArchiveReader, openArchive, type PlaceOptions, type TimeRange } from '@holdfast/archive';
import { createDecoder, DECISION_TOPIC, INPUT_TOPICS } from '@holdfast/events';
import { type Evaluation, evaluate, evaluatePresented, type PresentedEvaluation } from '@holdfast/insights';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import { createDecisionLog } from './decision-log.ts';
import { createPresentedLog } from './presented-log.ts';

export interface EvaluationPlan {
  /** A folder, or `s3://bucket/prefix`. */
  readonly archive: string;
  readonly place: PlaceOptions;
  /** Append times of decisions and answers. */
  readonly range: TimeRange;
  readonly campaign?: string;
}

/** Each null where the archive has nothing of it; one of them is not. */
export interface ArchiveEvaluation {
  /** Of decisions whose offer has ended. */
  readonly decided: Evaluation | null;
  /** Of offers that agents presented as they were recommended, and that were left time for an answer. */
  readonly presented: PresentedEvaluation | null;
}

/** Reads the archive only. Throws `StackFailure` where it has nothing that was decided or presented and has ended. */
export async function evaluateArchive({
  archive: location,
  place,
  range,
  campaign,
}: EvaluationPlan): Promise<ArchiveEvaluation> {
  const wanted = { untilMs: range.toMs, ...(campaign === undefined ? {} : { campaign }) };
  const logs = { decisions: createDecisionLog(wanted), presented: createPresentedLog(wanted) };
  const archive = await opened(location, place);
  try {
    const decoder = createDecoder();
    for (const [id, schema] of archive.schemas) decoder.addSchema(id, schema);
    for (const { topic, partition } of placesOf(archive)) {
      for await (const records of archive.read(topic, partition, range)) {
        for (const { value } of records) {
          const outcome = decoder.decode(value ?? Buffer.alloc(0));
          if (outcome.kind !== 'event') continue;
          logs.decisions.add(outcome.event);
          logs.presented.add(outcome.event);
        }
      }
    }
  } finally {
    await archive.close();
  }
  const decided = evaluate(logs.decisions.rows());
  const presented = evaluatePresented(logs.presented.rows());
  if (decided ?? presented) return { decided, presented };
  throw new StackFailure(
    'there is no decision that was sent, and no recommendation that was presented, whose offer has ended',
    `${logs.decisions.open() + logs.presented.open()} offers still stand at the end of the time; an earlier --from has more`,
  );
}

function placesOf({ index }: ArchiveReader) {
  const partitions = Array.from({ length: index.identity.partitions }, (_, partition) => partition);
  return [DECISION_TOPIC, INPUT_TOPICS.interaction].flatMap((topic) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

async function opened(location: string, place: PlaceOptions): Promise<ArchiveReader> {
  try {
    return await openArchive(location, place);
  } catch (error) {
    if (error instanceof ArchiveError) throw new StackFailure(error.message, 'holdfast archive --to PLACE makes one');
    throw error;
  }
}
