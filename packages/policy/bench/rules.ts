/**
 * Fold, features and rules in one core without I/O, with 10, 100 and 1,000 rules: the compiled policy, the same rules as
 * closures over plain objects, and json-rules-engine over the same facts. All must fire the same. CPU time of the whole
 * process counts, the fastest round of each: other work on the machine disturbs little.
 * Run: `node packages/policy/bench/rules.ts [--rules 1000] [--events 80000] [--rounds 3]`.
 */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Contestant, closures, compiledPolicy, featuresOnly, jsonRules } from './contestants.ts';
import { rulesOf } from './rule-book.ts';
import { createStory, type RuleStory } from './rule-story.ts';

const { values } = parseArgs({
  options: {
    rules: { type: 'string' },
    events: { type: 'string', default: '80000' },
    customers: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const EVENTS = Number(values.events);
const ROUNDS = Number(values.rounds);
const COUNTS = values.rules === undefined ? [10, 100, 1_000] : [Number(values.rules)];
/** json-rules-engine takes seconds for a thousand events with a thousand rules. */
const JSON_WORK = 300_000;

const { version } = JSON.parse(
  readFileSync(new URL('../node_modules/json-rules-engine/package.json', import.meta.url), 'utf8'),
) as { version: string };
console.log(
  `${cpus()[0]?.model}, Node ${process.version}, json-rules-engine ${version}, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
);

interface Result {
  readonly micros: number;
  readonly firings: readonly string[];
}

async function round(contestant: Contestant, story: RuleStory, events: number): Promise<Result> {
  const run = contestant.begin();
  for (const told of story.history) run.fold(told);
  const firings: string[] = [];
  const before = process.cpuUsage();
  for (let index = 0; index < events; index += 1) {
    const told = story.measured[index];
    if (told === undefined) break;
    const waiting = run.answer(told, (rule) => void firings.push(`${index} ${rule}`));
    if (waiting !== undefined) await waiting;
  }
  const { user, system } = process.cpuUsage(before);
  return { micros: (user + system) / events, firings };
}

async function best(contestant: Contestant, story: RuleStory, events: number): Promise<Result> {
  let fastest = await round(contestant, story, events);
  for (let again = 0; again < ROUNDS; again += 1) {
    const result = await round(contestant, story, events);
    if (result.micros < fastest.micros) fastest = result;
  }
  return fastest;
}

function line(name: string, { micros, firings }: Result, events: number): string {
  const perSecond = Math.round(1e6 / micros).toLocaleString('en');
  return `  ${name.padEnd(20)} ${perSecond.padStart(10)} events/s  ${micros.toFixed(2).padStart(9)} µs of CPU per event, ${firings.length} firings in ${events} events`;
}

function mustAgree(name: string, known: readonly string[], told: readonly string[], events: number): void {
  const expected = known.filter((firing) => Number(firing.split(' ', 1)) < events);
  const at = expected.findIndex((firing, index) => firing !== told[index]);
  if (at >= 0 || expected.length !== told.length) {
    throw new Error(`${name} fires otherwise: ${told[at] ?? 'nothing'} instead of ${expected[at] ?? 'nothing'}`);
  }
}

for (const count of COUNTS) {
  const rules = rulesOf(count);
  const story = createStory(Number(values.customers), EVENTS);
  const jsonEvents = Math.min(EVENTS, Math.round(JSON_WORK / count));
  const compiled = await best(compiledPolicy(rules, story), story, EVENTS);
  const plain = await best(closures(rules, story), story, EVENTS);
  const folded = await best(featuresOnly(rules, story, false), story, EVENTS);
  const read = await best(featuresOnly(rules, story, true), story, EVENTS);
  const json = await round(jsonRules(rules, story), story, jsonEvents);
  mustAgree('closures', compiled.firings, plain.firings, EVENTS);
  mustAgree('json-rules-engine', compiled.firings, json.firings, jsonEvents);
  console.log(`${count} rules, ${story.customers.length} customers`);
  console.log(line('policy', compiled, EVENTS));
  console.log(
    `    of which folding ${folded.micros.toFixed(2)}, reading features ${(read.micros - folded.micros).toFixed(2)}, rules ${(compiled.micros - read.micros).toFixed(2)} µs`,
  );
  console.log(line('closures', plain, EVENTS));
  console.log(line('json-rules-engine', json, jsonEvents));
  console.log(`  the policy takes ${(compiled.micros / plain.micros).toFixed(2)} times what closures take`);
}
