import type { FeatureSlots } from './model.ts';
import { LENGTH_BYTES, sectionEnd } from './sections.ts';
import type { Reader } from './varint.ts';

/** One for all: reading is synchronous. */
export const cursor: Reader = { bytes: Buffer.alloc(0), at: 0 };

/** Moves the cursor to the content of a section; answers where it ends. */
export function moveTo({ bytes, from }: Pick<FeatureSlots, 'bytes' | 'from'>, section: number): number {
  cursor.bytes = bytes;
  cursor.at = from;
  for (let passed = 0; passed < section; passed += 1) cursor.at = sectionEnd(bytes, cursor.at);
  const end = sectionEnd(bytes, cursor.at);
  cursor.at += LENGTH_BYTES;
  return end;
}
