/** How far something is that takes a while. */
export interface ProgressLine {
  /** `done` of `total`, in the same unit, 0 where it is not known; `what` is said before it, `note` behind. */
  show(what: string, done: number, total: number, note?: string): void;
  /** Leaves the terminal's line. */
  end(): void;
}

export interface ProgressDeps {
  write(text: string): void;
  /** A bar that is drawn over; else a line now and then. */
  readonly isTerminal: boolean;
  /** Ms. */
  now(): number;
}

const BAR_CELLS = 24;
const REDRAW_MS = 100;
const LINE_MS = 10_000;

export function createProgressLine({ write, isTerminal, now }: ProgressDeps): ProgressLine {
  const everyMs = isTerminal ? REDRAW_MS : LINE_MS;
  let beganMs = now();
  let shownMs = Number.NEGATIVE_INFINITY;
  let last = '';
  let isDrawn = false;
  return {
    show(what, done, total, note) {
      const nowMs = now();
      if (what !== last) beganMs = nowMs;
      const isDue = nowMs - shownMs >= everyMs || (what !== last && isTerminal);
      last = what;
      if (!isDue) return;
      shownMs = nowMs;
      const text = progressText({ what, done, total, note, elapsedMs: nowMs - beganMs, hasBar: isTerminal });
      write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
      isDrawn = isTerminal;
    },
    end() {
      if (isDrawn) write('\r\x1b[K');
      isDrawn = false;
    },
  };
}

export interface ProgressState {
  readonly what: string;
  readonly done: number;
  readonly total: number;
  readonly note?: string | undefined;
  readonly elapsedMs: number;
  readonly hasBar: boolean;
}

/** `folding ▓▓▓░░░ 42 %, 1,234 of 2,900, 0:12 left`. */
export function progressText({ what, done, total, note, elapsedMs, hasBar }: ProgressState): string {
  if (total === 0) return `${what} ${note ?? ''}`;
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.round(share * BAR_CELLS);
  const bar = hasBar ? ` ${'▓'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}` : '';
  const left = share > 0 && share < 1 ? `, ${clock((elapsedMs * (1 - share)) / share)} left` : '';
  const of = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  return `${what}${bar} ${Math.floor(share * 100)} %, ${of}${note === undefined ? '' : ` ${note}`}${left}`;
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (number: number) => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
