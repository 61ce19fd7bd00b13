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
    buffer[end++] = 13;
    buffer[end++] = 10;
  };
  const header = (mark: number, length: number) => {
    ensure(length + OVERHEAD);
    buffer[end++] = mark;
    end += buffer.write(String(length), end, 'latin1');
    lineEnd();
    missing -= 1;
  };

  return {
    begin(parts) {
      if (buffer.length > KEPT_BYTES) buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
      end = 0;
      header(0x2a, parts);
      missing = parts;
    },
    text(value) {
      header(0x24, Buffer.byteLength(value));
      end += buffer.write(value, end, 'utf8');
      lineEnd();
    },
    joined(prefix, value) {
      header(0x24, Buffer.byteLength(prefix) + Buffer.byteLength(value));
      end += buffer.write(prefix, end, 'utf8');
      end += buffer.write(value, end, 'utf8');
      lineEnd();
    },
    int(value) {
      const digits = String(value);
      header(0x24, digits.length);
      end += buffer.write(digits, end, 'latin1');
      lineEnd();
    },
    bytes(value) {
      header(0x24, value.length);
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
