import type { Reporter } from './diagnostic.ts';
import { type Entry, placeOf } from './yaml-source.ts';

/** Names of expressions that are being compiled, the outermost first: over all kinds, since they may use each other. */
export type Running = string[];

/** Compiles each named expression once, when it is first used; one that uses itself is reported with the way round. */
export function lazily<T>(
  entries: ReadonlyMap<string, Entry>,
  what: string,
  running: Running,
  compile: (entry: Entry) => T | undefined,
  report: Reporter,
): (name: string) => T | undefined {
  const done = new Map<string, T | undefined>();
  const circles = new Set<string>();
  return (name) => {
    const entry = entries.get(name);
    if (entry === undefined || done.has(name)) return done.get(name);
    const title = `${what} "${name}"`;
    const from = running.indexOf(title);
    if (from >= 0) {
      if (circles.has(name)) return undefined;
      circles.add(name);
      report.error(placeOf(entry), `${title} is defined by itself: ${[...running.slice(from), title].join(' → ')}`);
      return undefined;
    }
    if (running.length >= MAX_CHAIN) {
      report.error(placeOf(entry), `${title} is used by a chain of more than ${MAX_CHAIN} definitions: shorten it`);
      return undefined;
    }
    running.push(title);
    const compiled = compile(entry);
    running.pop();
    done.set(name, compiled);
    return compiled;
  };
}

/** One definition that uses another that uses another; each is a call deeper in compiling and in evaluating. */
const MAX_CHAIN = 32;
