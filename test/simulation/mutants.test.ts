import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { mutantArguments } from '@holdfast/testkit/mutation';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';

/** Every bug shows up far earlier; the same seeds show nothing in the real source. */
const SCHEDULES = '20000';

const outputOf = (flags: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'explore.ts');
    const child = spawn(process.execPath, [...flags, script, '--schedules', SCHEDULES, '--first', '--threads', '1']);
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      text += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });

describe('the exploration finds', () => {
  // Each explores on one thread: two of them share the machine.
  it.concurrent.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    async (name, mutant) => {
      const { code, text } = await outputOf(mutantArguments(mutant));
      const found = /x (.*; first after \d+ schedules)/.exec(text)?.[1] ?? text;
      console.log(`${name}: ${found}`);
      expect(text).toMatch(/first after \d+ schedules/);
      expect(code).toBe(1);
    },
    600_000,
  );
});
