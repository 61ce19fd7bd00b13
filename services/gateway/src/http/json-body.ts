import type { FastifyRequest } from 'fastify';
import { parse } from 'secure-json-parse';
import { PROBLEMS, type Problem, ProblemError } from './problem.ts';

export const MAX_JSON_DEPTH = 32;

export type ReadJson =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Reads JSON that anybody may have sent. What is nested deeper than 32 levels is refused before anything is built of it:
 * code that walks a value calls itself. Names that would reach the prototype of an object are refused.
 */
export function readJson(text: string): ReadJson {
  if (isDeeperThan(text, MAX_JSON_DEPTH)) return { kind: 'problem', problem: PROBLEMS.tooDeep };
  try {
    return { kind: 'value', value: parse(text, { protoAction: 'error', constructorAction: 'error' }) };
  } catch (error) {
    const isPoisoned = error instanceof Error && error.message.includes('forbidden prototype');
    return { kind: 'problem', problem: isPoisoned ? PROBLEMS.forbiddenName : PROBLEMS.notJson };
  }
}

/** `readJson` as a parser of Fastify, for bodies taken as text. Throws ProblemError. */
export async function parseJsonBody(_request: FastifyRequest, body: string): Promise<unknown> {
  const read = readJson(body);
  if (read.kind === 'problem') throw new ProblemError(read.problem);
  return read.value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}` differ in this bit alone; no other character of JSON outside a text becomes one of them by it. */
const CURLY_BIT = 0x20;
const OPENING = 0x5b | CURLY_BIT;
const CLOSING = 0x5d | CURLY_BIT;

/** One pass; brackets within texts do not count. */
function isDeeperThan(text: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfText(text, at);
    } else if ((code | CURLY_BIT) === OPENING) {
      depth += 1;
      if (depth > most) return true;
    } else if ((code | CURLY_BIT) === CLOSING) {
      depth -= 1;
    }
  }
  return false;
}

/** Where the text that begins at a quote ends; the end of all where it does not. */
function endOfText(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}
