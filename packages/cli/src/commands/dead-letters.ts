import { DEAD_LETTER_TOPIC } from '@holdfast/events';
import { readTopic } from '@holdfast/kafka';
import { type Command, InvalidArgumentError } from 'commander';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { createKeyNames, type DeadLetter, deadLetterOf, describeDeadLetters } from '../dead-letter-report.ts';
import type { CommandContext } from '../program.ts';

interface Options {
  readonly max: number;
  readonly showKeys?: boolean;
  readonly json?: boolean;
}

/** `holdfast dead-letters`: what could not be folded, where it came from and what is wrong with it. */
export function define(command: Command, { out, err }: CommandContext): void {
  command
    .option('--max <n>', 'at the most so many', wholeNumber, 100)
    .option('--show-keys', 'customer ids as they are, not pseudonyms')
    .option('--json', 'one JSON text instead of lines')
    .action(async ({ max, showKeys = false, json }: Options) => {
      const { brokers } = await findAddresses(environment);
      const nameOf = createKeyNames(showKeys);
      const letters: DeadLetter[] = [];
      const topic = {
        brokers,
        clientId: 'holdfast-dead-letters',
        topic: DEAD_LETTER_TOPIC,
        from: 'beginning',
        max,
      } as const;
      for await (const record of readTopic(topic)) letters.push(deadLetterOf(record, nameOf));
      out(json ? `${JSON.stringify({ deadLetters: letters })}\n` : describeDeadLetters(letters));
      if (letters.length === max) err(`holdfast: the first ${max}; there may be more (--max)\n`);
    });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('a whole number from 1 is expected.');
  return number;
}
