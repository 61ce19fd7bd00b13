/**
 * Builds one command in the Redis wire format in a buffer of its own. The client's serialisation costs about as much
 * CPU as Redis needs to run the commit; this writes each argument once, where it is sent from.
 */
export interface Frame {
  /** Starts a command of `parts` arguments, the command's name included. */
  begin(parts: number): void;
  text(value: string): void;
  /** `prefix` and `value` as one argument. */
  joined(prefix: string, value: string): void;
  int(value: number): void;
  bytes(value: Uint8Array): void;
  /** The finished command. Valid until the next `begin`, i.e. not before its reply has come. */
  finish(): Buffer;
}

/** Room for `$`, a length of ten digits and the line ends around an argument. */
const OVERHEAD = 16;
/** A buffer that a large commit made grow beyond this is given back at the next command. */
const KEPT_BYTES = 2 << 20;
const FIRST_BYTES = 4096;

/** Short texts are written character by character: a call into the runtime costs more than forty of them. */
const SHORT = 64;

export function createFrame(): Frame {
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let end = 0;
  let missing = 0;

  const ensure = (bytes: number) => {
    if (end + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, end + bytes));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  };
  const lineEnd = () => {
    buffer[end] = 13;
    buffer[end + 1] = 10;
    end += 2;
  };
  /** Room for `length` digits has been made. */
  const digits = (value: number, length: number) => {
    let rest = value;
    for (let at = end + length - 1; at >= end; at--) {
      const tens = Math.floor(rest / 10);
      buffer[at] = 48 + (rest - tens * 10);
      rest = tens;
    }
    end += length;
  };
  const header = (mark: number, length: number) => {
    ensure(length + OVERHEAD);
    buffer[end++] = mark;
    digits(length, digitsOf(length));
    lineEnd();
    missing -= 1;
  };
  /** Answers false, having written nothing that counts, when a character takes more than a byte. */
  const ascii = (text: string): boolean => {
    const { length } = text;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[end + i] = code;
    }
    end += length;
    return true;
  };
  const encoded = (prefix: string, value: string) => {
    header(DOLLAR, Buffer.byteLength(prefix) + Buffer.byteLength(value));
    end += buffer.write(prefix, end, 'utf8');
    end += buffer.write(value, end, 'utf8');
    lineEnd();
  };
  const joined = (prefix: string, value: string) => {
    const length = prefix.length + value.length;
    if (length > SHORT) return encoded(prefix, value);
    const before = end;
    header(DOLLAR, length);
    if (ascii(prefix) && ascii(value)) return lineEnd();
    end = before;
    missing += 1;
    encoded(prefix, value);
  };

  return {
    begin(parts) {
      if (buffer.length > KEPT_BYTES) buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
      end = 0;
      header(STAR, parts);
      missing = parts;
    },
    text: (value) => joined('', value),
    joined,
    int(value) {
      if (!Number.isSafeInteger(value) || value < 0) return joined('', String(value));
      const length = digitsOf(value);
      header(DOLLAR, length);
      digits(value, length);
      lineEnd();
    },
    bytes(value) {
      header(DOLLAR, value.length);
      buffer.set(value, end);
      end += value.length;
      lineEnd();
    },
    finish() {
      if (missing !== 0) throw new Error(`command has ${missing} arguments less than announced`);
      return buffer.subarray(0, end);
    },
  };
}

const DOLLAR = 0x24;
const STAR = 0x2a;

/** Decimal digits of an integer from 0 to 2^53. */
function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  return digits;
}
