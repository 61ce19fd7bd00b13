/** The Confluent wire format: magic byte 0, schema id as a big-endian 32-bit integer, then the Avro body. */

export const WIRE_HEADER_BYTES = 5;

export type WireHeader =
  | { readonly kind: 'header'; readonly schemaId: number }
  | { readonly kind: 'malformed'; readonly code: 'too-short' | 'wrong-magic'; readonly message: string };

/** Reads the header; the body begins at `WIRE_HEADER_BYTES`. */
export function readWireHeader(value: Buffer): WireHeader {
  if (value.length < WIRE_HEADER_BYTES) {
    return {
      kind: 'malformed',
      code: 'too-short',
      message: `value has ${value.length} bytes, the wire format needs at least ${WIRE_HEADER_BYTES}`,
    };
  }
  if (value[0] !== 0) {
    return {
      kind: 'malformed',
      code: 'wrong-magic',
      message: `first byte is ${value[0]}, expected 0: not in the Confluent wire format`,
    };
  }
  return { kind: 'header', schemaId: value.readInt32BE(1) };
}

/** Writes the header at the start of `target`. */
export function writeWireHeader(target: Buffer, schemaId: number): void {
  target[0] = 0;
  target.writeInt32BE(schemaId, 1);
}
