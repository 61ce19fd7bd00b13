/** A media type without its parameters, and whether its text can be UTF-8. */
export interface MediaType {
  readonly essence: string;
  /** A charset other than UTF-8 (and ASCII, which is part of it) was named. */
  readonly isForeignText: boolean;
}

/** Reads a `content-type` or `datacontenttype`; undefined for what is none. Case does not matter. */
export function parseMediaType(text: string): MediaType | undefined {
  const plain = PLAIN.get(text);
  if (plain !== undefined) return plain;
  const [, essence, parameters = ''] = MEDIA_TYPE.exec(text) ?? [];
  if (essence === undefined) return undefined;
  const charset = CHARSET.exec(parameters)?.[1]?.toLowerCase();
  const isForeignText = charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii';
  return { essence: essence.toLowerCase(), isForeignText };
}

/** Data as JSON: `application/json`, `text/json`, anything that ends in `+json`. */
export function isJson(essence: string): boolean {
  return essence.endsWith('/json') || essence.endsWith('+json');
}

/** Data as Avro, under the names that are in use; none of them is registered. */
export function isAvro(essence: string): boolean {
  return AVRO.includes(essence);
}

export const AVRO: readonly string[] = ['application/avro', 'application/vnd.apache.avro+binary', 'avro/binary'];

const MEDIA_TYPE = /^\s*([\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127})\s*(;.*)?$/;
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)"?/i;
/** What nearly every event says. */
const PLAIN: ReadonlyMap<string, MediaType> = new Map(
  ['application/json', ...AVRO].map((essence) => [essence, { essence, isForeignText: false }]),
);
