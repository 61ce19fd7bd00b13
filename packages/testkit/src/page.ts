/** What a page of documentation has its reader do, and see. */
export type PageStep =
  | {
      readonly kind: 'commands';
      readonly line: number;
      readonly terminal: number;
      readonly text: string;
      /** The exit code of its last command. */
      readonly exitCode: number;
      /** The reader may have to look again until he sees what is shown next. */
      readonly isEventual: boolean;
    }
  | { readonly kind: 'shown'; readonly line: number; readonly terminal: number; readonly text: string };

/**
 * The fenced blocks of a page, in order: `sh` is typed by the reader, `text` and `json` is what he sees then. Words behind
 * the language say more: `terminal=2` (the first one is meant else, and commands there are over before the next block),
 * `exit=1`, `eventually`. What is shown is of the terminal of the commands before it unless it names one.
 */
export function pageSteps(markdown: string): readonly PageStep[] {
  const steps: PageStep[] = [];
  let terminal = 1;
  for (const { language, words, line, text } of fencedBlocks(markdown)) {
    const named = words.find((word) => word.startsWith('terminal='));
    if (language === 'sh') {
      terminal = named === undefined ? 1 : Number(named.slice('terminal='.length));
      const exitCode = Number(words.find((word) => word.startsWith('exit='))?.slice('exit='.length) ?? 0);
      steps.push({ kind: 'commands', line, terminal, text, exitCode, isEventual: words.includes('eventually') });
    } else if (language === 'text' || language === 'json') {
      const shownIn = named === undefined ? terminal : Number(named.slice('terminal='.length));
      steps.push({ kind: 'shown', line, terminal: shownIn, text });
    }
  }
  return steps;
}

/**
 * Whether an output is what a page shows: `…` stands for anything, a line of its own for any number of lines, none as well;
 * white space at the ends aside.
 */
export function isAsShown(output: string, shown: string): boolean {
  const text = shown.trim();
  const hasMore = text.endsWith('\n…');
  const pattern = (hasMore ? text.slice(0, -2) : text)
    .split(/^…\n/m)
    .map((lines) => escaped(lines).replaceAll('…', '[\\s\\S]*?'))
    .join('(?:[\\s\\S]*?\\n)??');
  return new RegExp(`^${pattern}${hasMore ? '(?:\\n[\\s\\S]*)?' : ''}$`).test(output.trim());
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

interface FencedBlock {
  readonly language: string;
  readonly words: readonly string[];
  /** Of its opening fence, from 1. */
  readonly line: number;
  readonly text: string;
}

const FENCE = /^```(\w*)(.*)$/;

function fencedBlocks(markdown: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { language: string; words: string[]; line: number; lines: string[] } | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = FENCE.exec(text);
    if (fence === null) open?.lines.push(text);
    else if (open === undefined) {
      const words = (fence[2] ?? '').split(/\s+/).filter((word) => word !== '');
      open = { language: fence[1] ?? '', words, line: index + 1, lines: [] };
    } else {
      const { lines, ...block } = open;
      blocks.push({ ...block, text: `${lines.join('\n')}\n` });
      open = undefined;
    }
  }
  return blocks;
}
