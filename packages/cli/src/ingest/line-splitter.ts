/** One line of a file, without its line break. */
export interface Line {
  /** Undefined when it is longer than `MAX_LINE_BYTES`. */
  readonly bytes: Buffer | undefined;
  /** Offset of the byte after its line break. */
  readonly end: number;
}

/** Longer ones are no rows; bounds the memory that a file without line breaks takes. */
export const MAX_LINE_BYTES = 65_536;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts bytes into lines. `from` is the offset of the first byte it is given. */
export function createLineSplitter(from: number) {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let offset = from;

  const take = (piece: Buffer): Buffer | undefined => {
    const isTooLong = restBytes + piece.length > MAX_LINE_BYTES;
    const bytes = rest.length === 0 ? piece : Buffer.concat([...rest, piece]);
    rest = [];
    restBytes = 0;
    return isTooLong ? undefined : withoutReturn(bytes);
  };
  const keep = (piece: Buffer): void => {
    // What is too long already is counted and let go.
    if (restBytes <= MAX_LINE_BYTES) rest.push(Buffer.from(piece));
    else rest = [];
    restBytes += piece.length;
  };

  return {
    /** The lines that end in this piece of the file. */
    push(chunk: Buffer): Line[] {
      const lines: Line[] = [];
      let at = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
        lines.push({ bytes: take(chunk.subarray(at, end)), end: offset + end + 1 });
        at = end + 1;
      }
      if (at < chunk.length) keep(chunk.subarray(at));
      offset += chunk.length;
      return lines;
    },
    /** The last line, where no line break ends it. */
    end(): Line[] {
      return restBytes === 0 ? [] : [{ bytes: take(Buffer.alloc(0)), end: offset }];
    },
  };
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}
