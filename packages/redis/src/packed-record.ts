import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** First byte of a packed record: how the rest is written. */
const AS_IT_IS = 0;
const DEFLATED = 1;

/** Most events are shorter: there deflate gains a twentieth and takes longer than all the rest of writing them. */
const WORTH_DEFLATING_BYTES = 256;

/** A record as it is kept. The same bytes give the same, so that a repetition is found by comparing. */
export function packed(record: Buffer): Buffer {
  const isLong = record.length >= WORTH_DEFLATING_BYTES;
  const body = isLong ? deflateRawSync(record) : record;
  return Buffer.concat([Buffer.of(isLong ? DEFLATED : AS_IT_IS), body]);
}

/** @throws RangeError when the bytes are not of `packed` */
export function unpacked(bytes: Buffer): Buffer {
  const body = bytes.subarray(1);
  if (bytes[0] === AS_IT_IS) return body;
  if (bytes[0] === DEFLATED) return inflateRawSync(body);
  throw new RangeError(`a kept record is written in way ${bytes[0] ?? 'none'}, which this release does not know`);
}
