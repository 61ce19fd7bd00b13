import type { InputPosition, ShardMeta } from '@holdfast/engine';

/** Fields of the meta hash. Inputs and watermarks have a field each, so that a commit writes only what moved. */
const INPUT = 'i:';
const WATERMARK = 'w:';

export type MetaFields = (readonly [field: string, value: string])[];

/** Fields of a shard nobody has claimed yet. */
export function initialFields(meta: Omit<ShardMeta, 'version' | 'attempts'>): MetaFields {
  return [
    ['version', '0'],
    ['token', ''],
    ['adopted', ''],
    ['attempts', '0'],
    ['minCodec', String(meta.minCodec)],
    ['clusterId', meta.clusterId],
    ['partitionCount', String(meta.partitionCount)],
    ...changedFields(meta),
  ];
}

/** Fields of what moved. */
export function changedFields(changed: {
  readonly inputs: Readonly<Record<string, InputPosition>>;
  readonly watermarks: Readonly<Record<string, number>>;
  readonly relay?: InputPosition;
  readonly policyVersion?: string;
}): MetaFields {
  const fields: MetaFields = [];
  for (const [topic, position] of Object.entries(changed.inputs)) fields.push([INPUT + topic, positionText(position)]);
  for (const [feed, ms] of Object.entries(changed.watermarks)) fields.push([WATERMARK + feed, String(ms)]);
  if (changed.relay) fields.push(['relay', positionText(changed.relay)]);
  if (changed.policyVersion !== undefined) fields.push(['policyVersion', changed.policyVersion]);
  return fields;
}

/** The meta hash as field and value in turn, read; undefined when something in it is missing or malformed. */
export function readMetaFields(flat: readonly string[]): ShardMeta | undefined {
  const inputs: Record<string, InputPosition> = {};
  const watermarks: Record<string, number> = {};
  const rest = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [field, value] = [flat[i] ?? '', flat[i + 1] ?? ''];
    if (field.startsWith(INPUT)) {
      const position = readPosition(value);
      if (!position) return undefined;
      inputs[field.slice(INPUT.length)] = position;
    } else if (field.startsWith(WATERMARK)) watermarks[field.slice(WATERMARK.length)] = Number(value);
    else rest.set(field, value);
  }
  const relay = readPosition(rest.get('relay') ?? '');
  const [version, minCodec, partitionCount, attempts] = [
    Number(rest.get('version')),
    Number(rest.get('minCodec')),
    Number(rest.get('partitionCount')),
    Number(rest.get('attempts')),
  ];
  const numbers = [version, minCodec, partitionCount, attempts, ...Object.values(watermarks)];
  if (!relay || !numbers.every(Number.isFinite)) return undefined;
  return {
    version,
    minCodec,
    clusterId: rest.get('clusterId') ?? '',
    partitionCount,
    inputs,
    relay,
    watermarks,
    policyVersion: rest.get('policyVersion') ?? '',
    attempts,
  };
}

/** `nextOffset offset appendTime hash`; the trim script compares the first number. */
export function positionText({ nextOffset, fingerprint }: InputPosition): string {
  return `${nextOffset} ${fingerprint.offset} ${fingerprint.appendTime} ${fingerprint.hash}`;
}

function readPosition(text: string): InputPosition | undefined {
  const parts = /^(\d+) (-?\d+) (-?\d+) ([^ ]*)$/.exec(text);
  if (!parts) return undefined;
  return {
    nextOffset: Number(parts[1]),
    fingerprint: { offset: Number(parts[2]), appendTime: Number(parts[3]), hash: parts[4] ?? '' },
  };
}
