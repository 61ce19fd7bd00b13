import { playFigures, suppressedBy, totalOf } from './figures.ts';
import type { Progress } from './progress.ts';

const LAST_ALERTS = 6;
const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

export interface ScreenOptions {
  /** What is replayed. */
  readonly title: string;
  /** Columns of the terminal; longer lines are cut. */
  readonly width: number;
}

/** The live view as lines of text with ANSI styles. */
export function screenLines(progress: Progress, { title, width }: ScreenOptions): readonly string[] {
  const { so, alerts } = progress;
  const plays = playFigures(so.decisions);
  const rows = plays.map(({ play, offers, withheld }) => {
    const why = Object.entries(withheld).map(([reason, count]) => `${reason} ${count}`);
    return `  ${play.padEnd(22)} ${String(offers).padStart(7)}   ${why.join(', ')}`;
  });
  const last = alerts.slice(-LAST_ALERTS).reverse();
  return [
    styled(BOLD, cut(`Holdfast   ${title}   ${(progress.elapsedMs / 1_000).toFixed(0)} s`, width)),
    cut(
      `events ${so.folded}   ${progress.eventsPerSecond}/s   lag ${so.lag}   profiles ${so.customers}   dead letters ${so.deadLetters}`,
      width,
    ),
    '',
    styled(DIM, cut(`  ${'play'.padEnd(22)} ${'offers'.padStart(7)}   no offer, and why`, width)),
    ...rows.map((row) => cut(row, width)),
    '',
    styled(DIM, cut(`last of ${alerts.length} alerts on the call centre's feed`, width)),
    ...last.flatMap(({ customerId, title, reason, receivedAt }) => [
      cut(`  ${clockOf(receivedAt)}  ${customerId}  ${title}`, width),
      styled(DIM, cut(`            ${reason}`, width)),
    ]),
  ];
}

/** The same in one line, where there is no terminal. */
export function progressLine({ so, eventsPerSecond, alerts }: Progress): string {
  const plays = playFigures(so.decisions);
  const offers = plays.reduce((sum, play) => sum + play.offers, 0);
  return (
    `events ${so.folded}, ${eventsPerSecond}/s, lag ${so.lag}, profiles ${so.customers}, decisions ${totalOf(so.decisions)}: ` +
    `offers ${offers}, no offer ${totalOf(suppressedBy(plays))}; alerts ${alerts.length}, dead letters ${so.deadLetters}`
  );
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function styled(style: string, text: string): string {
  return `${style}${text}${RESET}`;
}

function clockOf(atMs: number): string {
  return new Date(atMs).toTimeString().slice(0, 8);
}

/** Draws a block of lines over the one before. */
export interface Painter {
  paint(lines: readonly string[]): void;
}

export function createPainter(write: (text: string) => void): Painter {
  let height = 0;
  return {
    paint(lines) {
      const up = height > 0 ? `\x1b[${height}A` : '';
      write(`${up}\r\x1b[J${lines.join('\n')}\n`);
      height = lines.length;
    },
  };
}
