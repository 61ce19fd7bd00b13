import { type Command, InvalidArgumentError, Option } from 'commander';
import { up } from '../../../../infra/stack/index.mjs';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { type DemoView, runDemo } from '../demo/demo.ts';
import type { Progress } from '../demo/progress.ts';
import { createPainter, progressLine, screenLines } from '../demo/screen.ts';
import { describeSummary } from '../demo/summary.ts';
import type { CommandContext } from '../program.ts';
import { fromOne } from '../whole-number.ts';

interface Options {
  readonly events: number;
  readonly source: string;
  readonly speed?: number;
  readonly json?: boolean;
}

const INTERRUPTED = 130;
const LINE_EVERY_MS = 2_000;
const PAINT_EVERY_MS = 250;
const STACK_KEYS = ['HOLDFAST_KAFKA_BROKERS', 'HOLDFAST_REGISTRY_URL', 'HOLDFAST_REDIS_URL'];

/** `holdfast demo`: recorded events in, offers out; everything but the stack is stopped at the end. */
export function define(command: Command, context: CommandContext): void {
  command
    .option('--events <n>', 'replay at the most so many', fromOne, 30_000)
    .addOption(
      new Option('--source <name>', 'what to replay')
        .choices(['auto', 'cns_cdr', 'megaline', 'generated'])
        .default('auto'),
    )
    .option(
      '--speed <factor>',
      'recorded time so many times faster, 0 as fast as possible; else 2000 events a second',
      notNegative,
    )
    .option('--json', 'one JSON text instead of a live view')
    .action((options: Options) => demo(options, context));
}

async function demo(options: Options, { out, err, exit }: CommandContext): Promise<void> {
  const commandBeganMs = Date.now();
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const isLive = !options.json && process.stdout.isTTY === true;
  const view = isLive ? liveView(out) : plainView((line) => err(`demo ${secondsSince(commandBeganMs)} s: ${line}\n`));
  try {
    // Parts that are named are used as they are.
    if (!STACK_KEYS.every((key) => environment[key])) await up({ report: (line) => err(`holdfast: ${line}\n`) });
    const addresses = await findAddresses(environment);
    const { signal } = stopping;
    const { source, events, speed } = options;
    const { summary, services } = await runDemo(addresses, { source, events, speed }, { view, signal, commandBeganMs });
    view.close();
    out(options.json ? `${JSON.stringify(summary)}\n` : `\n${describeSummary(summary)}`);
    await services.stop();
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    err('demo: stopped\n');
    exit(INTERRUPTED);
  } finally {
    view.close();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

type ClosableView = DemoView & { close(): void };

function plainView(say: (line: string) => void): ClosableView {
  let nextMs = 0;
  return {
    step: say,
    begin: say,
    progress(progress) {
      if (progress.elapsedMs < nextMs) return;
      nextMs = progress.elapsedMs + LINE_EVERY_MS;
      say(progressLine(progress));
    },
    close: () => undefined,
  };
}

/** Repaints between readings too: alerts come at any time. */
function liveView(write: (text: string) => void): ClosableView {
  const painter = createPainter(write);
  let latest: Progress | undefined;
  let title = '';
  let timer: NodeJS.Timeout | undefined;
  const paint = () => {
    if (latest) painter.paint(screenLines(latest, { title, width: process.stdout.columns || 80 }));
  };
  return {
    step: (line) => write(`${line}\n`),
    begin(what) {
      title = what;
      timer = setInterval(paint, PAINT_EVERY_MS);
    },
    progress(progress) {
      latest = progress;
    },
    close() {
      clearInterval(timer);
      timer = undefined;
      paint();
      latest = undefined;
    },
  };
}

function secondsSince(ms: number): string {
  return ((Date.now() - ms) / 1_000).toFixed(1);
}

function notNegative(text: string): number {
  const number = Number(text);
  if (!(number >= 0) || !Number.isFinite(number)) throw new InvalidArgumentError('a number from 0 is expected.');
  return number;
}
