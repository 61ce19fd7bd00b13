import type {
  Configuration,
  InputPosition,
  Refusal,
  RefusedConfiguration,
  ShardMeta,
  StoredTally,
} from '@holdfast/engine';

/** Fields of the meta hash. Inputs and watermarks have a field each, so that a commit writes only what moved. */
const INPUT = 'i:';
const WATERMARK = 'w:';
const ERASURE = 'e:';
const ENTRY = 'd:';
const TALLY = 't:';
const SETTING = 's:';

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
  readonly configuration?: Configuration;
  readonly refused?: RefusedConfiguration | null;
  readonly refusals?: readonly Refusal[];
  readonly isSweepDue?: boolean;
  readonly erasures?: Readonly<Record<string, number>>;
  readonly dictionary?: Readonly<Record<string, string>>;
  readonly tallies?: Readonly<Record<string, StoredTally | null>>;
  readonly settings?: Readonly<Record<string, string | null>>;
}): MetaFields {
  const fields: MetaFields = [];
  for (const [topic, position] of Object.entries(changed.inputs)) fields.push([INPUT + topic, positionText(position)]);
  for (const [feed, ms] of Object.entries(changed.watermarks)) fields.push([WATERMARK + feed, String(ms)]);
  for (const [mark, ms] of Object.entries(changed.erasures ?? {})) fields.push([ERASURE + mark, String(ms)]);
  for (const [name, text] of Object.entries(changed.dictionary ?? {})) fields.push([ENTRY + name, text]);
  for (const [name, tally] of Object.entries(changed.tallies ?? {})) {
    if (tally) fields.push([TALLY + name, tallyText(tally)]);
  }
  for (const [name, text] of Object.entries(changed.settings ?? {})) {
    if (text !== null) fields.push([SETTING + name, text]);
  }
  if (changed.relay) fields.push(['relay', positionText(changed.relay)]);
  if (changed.configuration) fields.push(['configuration', JSON.stringify(changed.configuration)]);
  if (changed.refused !== undefined) fields.push(['refused', changed.refused ? JSON.stringify(changed.refused) : '']);
  if (changed.refusals) fields.push(['refusals', JSON.stringify(changed.refusals)]);
  if (changed.isSweepDue !== undefined) fields.push(['sweepDue', changed.isSweepDue ? '1' : '']);
  return fields;
}

/** Names of the fields of what is there no more. */
export function goneFields({
  tallies = {},
  settings = {},
}: {
  readonly tallies?: Readonly<Record<string, StoredTally | null>>;
  readonly settings?: Readonly<Record<string, string | null>>;
}): readonly string[] {
  const goneOf = (prefix: string, all: Readonly<Record<string, unknown>>) =>
    Object.keys(all).flatMap((name) => (all[name] === null ? [prefix + name] : []));
  return [...goneOf(TALLY, tallies), ...goneOf(SETTING, settings)];
}

/** The generation of states, timers and KPI cells that the meta hash names; `''` before the first rebuild. */
export function generationIn(flat: readonly string[]): string {
  for (let i = 0; i + 1 < flat.length; i += 2) if (flat[i] === 'generation') return flat[i + 1] ?? '';
  return '';
}

/** The meta hash as field and value in turn, read; undefined when something in it is missing or malformed. */
export function readMetaFields(flat: readonly string[]): ShardMeta | undefined {
  const inputs: Record<string, InputPosition> = {};
  const watermarks: Record<string, number> = {};
  const erasures: Record<string, number> = {};
  const dictionary: Record<string, string> = {};
  const tallies: Record<string, StoredTally> = {};
  const settings: Record<string, string> = {};
  const rest = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [field, value] = [flat[i] ?? '', flat[i + 1] ?? ''];
    if (field.startsWith(INPUT)) {
      const position = readPosition(value);
      if (!position) return undefined;
      inputs[field.slice(INPUT.length)] = position;
    } else if (field.startsWith(WATERMARK)) watermarks[field.slice(WATERMARK.length)] = Number(value);
    else if (field.startsWith(ERASURE)) erasures[field.slice(ERASURE.length)] = Number(value);
    else if (field.startsWith(ENTRY)) dictionary[field.slice(ENTRY.length)] = value;
    else if (field.startsWith(SETTING)) settings[field.slice(SETTING.length)] = value;
    else if (field.startsWith(TALLY)) {
      const tally = readTally(value);
      if (!tally) return undefined;
      tallies[field.slice(TALLY.length)] = tally;
    } else rest.set(field, value);
  }
  const relay = readPosition(rest.get('relay') ?? '');
  const [version, minCodec, partitionCount, attempts] = [
    Number(rest.get('version')),
    Number(rest.get('minCodec')),
    Number(rest.get('partitionCount')),
    Number(rest.get('attempts')),
  ];
  const numbers = [
    version,
    minCodec,
    partitionCount,
    attempts,
    ...Object.values(watermarks),
    ...Object.values(erasures),
  ];
  const configured = readConfigured(rest);
  if (!relay || !configured || !numbers.every(Number.isFinite)) return undefined;
  return {
    version,
    minCodec,
    clusterId: rest.get('clusterId') ?? '',
    partitionCount,
    inputs,
    relay,
    watermarks,
    attempts,
    ...(Object.keys(erasures).length > 0 ? { erasures } : {}),
    ...(Object.keys(dictionary).length > 0 ? { dictionary } : {}),
    ...(Object.keys(tallies).length > 0 ? { tallies } : {}),
    ...(Object.keys(settings).length > 0 ? { settings } : {}),
    ...configured,
  };
}

type ConfiguredFields = Pick<ShardMeta, 'configuration' | 'refused' | 'refusals' | 'isSweepDue'>;

function readConfigured(fields: ReadonlyMap<string, string>): ConfiguredFields | undefined {
  const textOf = (field: keyof ConfiguredFields) => fields.get(field) ?? '';
  const [configuration, refused, refusals] = [textOf('configuration'), textOf('refused'), textOf('refusals')];
  try {
    return {
      ...(configuration ? { configuration: JSON.parse(configuration) as Configuration } : {}),
      ...(refused ? { refused: JSON.parse(refused) as RefusedConfiguration } : {}),
      ...(refusals ? { refusals: JSON.parse(refusals) as readonly Refusal[] } : {}),
      ...(fields.get('sweepDue') ? { isSweepDue: true } : {}),
    };
  } catch {
    return undefined;
  }
}

/** `nextOffset offset appendTime hash`; the trim script compares the first number. */
export function positionText({ nextOffset, fingerprint }: InputPosition): string {
  return `${nextOffset} ${fingerprint.offset} ${fingerprint.appendTime} ${fingerprint.hash}`;
}

/** `value` or `value untilMs`. */
function tallyText({ value, untilMs }: StoredTally): string {
  return untilMs === undefined ? String(value) : `${value} ${untilMs}`;
}

function readTally(text: string): StoredTally | undefined {
  const parts = /^(-?\d+)(?: (-?\d+))?$/.exec(text);
  if (!parts) return undefined;
  const value = Number(parts[1]);
  return parts[2] === undefined ? { value } : { value, untilMs: Number(parts[2]) };
}

function readPosition(text: string): InputPosition | undefined {
  const parts = /^(\d+) (-?\d+) (-?\d+) ([^ ]*)$/.exec(text);
  if (!parts) return undefined;
  return {
    nextOffset: Number(parts[1]),
    fingerprint: { offset: Number(parts[2]), appendTime: Number(parts[3]), hash: parts[4] ?? '' },
  };
}
