/** How one layout writes a section. */
export interface SectionCodec<T> {
  /** The value in `[from, to)`. */
  decode(bytes: Buffer, from: number, to: number): T;
  encode(value: T): Buffer;
  /** The value where nothing is stored, one for all: only to read. Undefined for other bytes. */
  nothing?(bytes: Buffer, from: number, to: number): T | undefined;
}

/** Bytes as a codec wrote them: `[from, to)` of `bytes`. */
export interface Written<T> {
  readonly codec: SectionCodec<T>;
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/** A part of the state that stays bytes until somebody reads it, and is written again only after a change. */
export interface Section<T> {
  /** The value, to read. */
  read(): T;
  /** The value, to change in place: the next `written` writes it again. */
  change(): T;
  /** As the codec writes it; what it wrote itself is given back as it is. */
  written(codec: SectionCodec<T>): Written<T>;
  /** What was stored, while nobody has asked for the value; undefined after that. */
  unread(): Written<T> | undefined;
}

/** A section that was stored. */
export function storedSection<T>({ codec, bytes, from, to }: Written<T>): Section<T> {
  return new KeptSection(codec, bytes, from, to);
}

/** `[from, to)` of the bytes as a section. The parts one by one: two are made per event. */
export function sectionIn<T>(codec: SectionCodec<T>, bytes: Buffer, from: number, to: number): Section<T> {
  return new KeptSection(codec, bytes, from, to);
}

/** A section that begins with a value. */
export function freshSection<T>(value: T): Section<T> {
  const section = new KeptSection<T>(undefined, NO_BYTES, 0, 0);
  section.value = value;
  return section;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * A class, because two are made per event: functions in each would be most of its memory. While nothing was changed it
 * is its own `Written`; `codec` is undefined where the bytes say nothing.
 */
class KeptSection<T> implements Section<T> {
  codec: SectionCodec<T> | undefined;
  bytes: Buffer;
  from: number;
  to: number;
  value: T | undefined;
  /** Whether the value is one for all, and not to be changed. */
  isShared: boolean;

  constructor(codec: SectionCodec<T> | undefined, bytes: Buffer, from: number, to: number) {
    this.codec = codec;
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.value = undefined;
    this.isShared = false;
  }

  read(): T {
    if (this.value === undefined && this.codec) {
      const { codec, bytes, from, to } = this;
      const nothing = codec.nothing?.(bytes, from, to);
      this.isShared = nothing !== undefined;
      this.value = nothing ?? codec.decode(bytes, from, to);
    }
    return this.value as T;
  }

  change(): T {
    if (this.codec && (this.value === undefined || this.isShared)) {
      this.value = this.codec.decode(this.bytes, this.from, this.to);
      this.isShared = false;
    }
    this.codec = undefined;
    return this.value as T;
  }

  written(codec: SectionCodec<T>): Written<T> {
    if (this.codec !== codec) {
      const bytes = codec.encode(this.read());
      this.codec = codec;
      this.bytes = bytes;
      this.from = 0;
      this.to = bytes.length;
    }
    return this as Written<T>;
  }

  unread(): Written<T> | undefined {
    return this.value === undefined && this.codec !== undefined ? (this as Written<T>) : undefined;
  }
}
