import { diffPolicies, parseStage } from '@holdfast/policy';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { type Command, InvalidArgumentError } from 'commander';
import { findAddresses } from '../addresses.ts';
import { environment } from '../config.ts';
import { describeChange, exitCodeOf } from '../policies/change-report.ts';
import { approve, type Change, change, knownVersion, policyInForce, promote, rollback } from '../policies/changes.ts';
import { describeDiff } from '../policies/diff-report.ts';
import { describeHistory, historyLines } from '../policies/history-report.ts';
import { operatorName } from '../policies/operator.ts';
import { planPolicy } from '../policies/plan.ts';
import { describePlan } from '../policies/plan-report.ts';
import { atPolicyDesk, type PolicyDesk } from '../policies/policy-desk.ts';
import type { PolicyHistory } from '../policies/policy-history.ts';
import { openPolicies } from '../policies/policy-names.ts';
import { filesOf, openFolder, writeStage } from '../policies/policy-text.ts';
import { publishAgain } from '../policies/publish-again.ts';
import { settled } from '../policies/shard-policies.ts';
import { describeFiles, fileOf } from '../policies/version-report.ts';
import type { CommandContext } from '../program.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface ChangeOptions extends JsonOption {
  readonly by?: string;
  readonly comment: string;
  readonly wait: number;
}

const SECOND_MS = 1_000;
const MAX_COMMENT = 1_000;

/** `holdfast policy diff | plan | publish | promote | approve | rollback | history | show`. */
export function defineLifeCycle(command: Command, context: CommandContext): void {
  defineDiff(command, context);
  definePlan(command, context);
  definePublish(command, context);
  definePromote(command, context);
  defineApprove(command, context);
  defineRollback(command, context);
  defineHistory(command, context);
  defineShow(command, context);
}

function defineDiff(command: Command, { out }: CommandContext): void {
  command
    .command('diff')
    .description('what is another between two policies, definition by definition')
    .argument('<a>', 'a folder, a version, or in-force')
    .argument('<b>', 'the same')
    .option('--json', 'one JSON text instead of lines')
    .action(async (a: string, b: string, { json }: JsonOption) => {
      const [before, after] = await openPolicies([a, b], () => findAddresses(environment));
      if (!before || !after) return;
      const diff = diffPolicies(before, after);
      out(json ? `${JSON.stringify(diff)}\n` : describeDiff(diff));
    });
}

function definePlan(command: Command, { out }: CommandContext): void {
  command
    .command('plan')
    .description('what publishing a folder would change, and what shards would do at the switch')
    .argument('<dir>', 'the folder')
    .option('--json', 'one JSON text instead of lines')
    .action(async (dir: string, { json }: JsonOption) => {
      const wanted = openFolder(dir);
      const addresses = await findAddresses(environment);
      const history = await atPolicyDesk(addresses, (desk) => desk.history());
      const folder = addresses.policyDir ?? DEFAULT_POLICY_DIR;
      const plan = planPolicy(policyInForce(history), wanted, { dir: folder, written: openFolder(folder) });
      out(json ? `${JSON.stringify(plan)}\n` : describePlan(plan));
    });
}

function definePublish(command: Command, context: CommandContext): void {
  const own = 'bring a folder into force in every shard; exit code 1 while it is not';
  changing(command.command('publish'), own)
    .argument('[dir]', 'the folder')
    .option('--again', 'instead: bring what is in force to the shards whose workers refused it')
    .action(async (dir: string | undefined, options: ChangeOptions & { readonly again?: boolean }) => {
      const { again = false, comment } = options;
      if (again === (dir !== undefined)) throw new InvalidArgumentError('a folder is expected, or --again.');
      const wanted = dir === undefined ? undefined : openFolder(dir);
      await perform(context, options, (desk, history, by) =>
        wanted
          ? change(desk, history, { action: 'PUBLISHED', wanted, by, comment })
          : publishAgain(desk, history, { by, comment }),
      );
    });
}

function definePromote(command: Command, context: CommandContext): void {
  changing(command.command('promote'), 'set the stage of a campaign in the policy in force, forwards or back')
    .argument('<campaign>', 'its id')
    .requiredOption('--to <stage>', 'draft, shadow, canary(10%), live or retired', stage)
    .option('--dir <dir>', 'write the stage into this folder, too')
    .action(async (campaign: string, options: ChangeOptions & { readonly to: string; readonly dir?: string }) => {
      const { to, dir, comment } = options;
      const written = dir === undefined ? undefined : writeStage(openFolder(dir), campaign, to);
      await perform(context, options, (desk, history, by) => promote(desk, history, { campaign, to, by, comment }));
      if (written && dir !== undefined) context.err(`holdfast: ${written.save(dir)} has the stage\n`);
    });
}

function defineApprove(command: Command, context: CommandContext): void {
  changing(command.command('approve'), 'the second person: bring a proposed version into force')
    .argument('<version>', 'as proposed, or the beginning of its digits')
    .action((version: string, options: ChangeOptions) =>
      perform(context, options, (desk, history, by) =>
        approve(desk, history, { version, by, comment: options.comment }),
      ),
    );
}

function defineRollback(command: Command, context: CommandContext): void {
  changing(command.command('rollback'), 'back to a version that was in force, by default the one before this')
    .argument('[version]', 'or the beginning of its digits')
    .option('--take-over', "do not wait for somebody else's command that was begun within the last minute and died")
    .action((version: string | undefined, options: ChangeOptions & { readonly takeOver?: boolean }) =>
      perform(context, options, (desk, history, by) =>
        rollback(desk, history, { version, by, comment: options.comment, takesOver: options.takeOver ?? false }),
      ),
    );
}

function defineHistory(command: Command, { out }: CommandContext): void {
  command
    .command('history')
    .description('who did what with which policy, from the audit log; the newest first')
    .option('--json', 'one JSON text instead of a table')
    .action(async ({ json }: JsonOption) => {
      const history = await atPolicyDesk(await findAddresses(environment), (desk) => desk.history());
      out(json ? `${JSON.stringify({ history: historyLines(history) })}\n` : describeHistory(history));
    });
}

function defineShow(command: Command, { out }: CommandContext): void {
  command
    .command('show')
    .description('the files of a version, or the text of one')
    .argument('<version>', 'as in history, or the beginning of its digits')
    .option('--file <path>', 'the text of this file')
    .option('--json', 'one JSON text: every file with its text')
    .action(async (text: string, { file, json }: JsonOption & { readonly file?: string }) => {
      const history = await atPolicyDesk(await findAddresses(environment), (desk) => desk.history());
      const { version, folder } = knownVersion(history, text);
      const files = filesOf(folder, version);
      if (file !== undefined) return out(fileOf(files, file));
      out(json ? `${JSON.stringify({ version, files })}\n` : describeFiles(version, files));
    });
}

function changing(command: Command, description: string): Command {
  return command
    .description(description)
    .option('--by <name>', 'who does it; else HOLDFAST_OPERATOR, else the login name')
    .option('--comment <text>', 'why, for the history', comment, '')
    .option('--wait <seconds>', 'for the shards', wholeSeconds, 30)
    .option('--json', 'one JSON text instead of lines');
}

/** Does it, waits for the shards where something came into force, and reports. */
async function perform(
  { out, exit }: CommandContext,
  { by, wait, json }: ChangeOptions,
  work: (desk: PolicyDesk, history: PolicyHistory, by: string) => Promise<Change>,
): Promise<void> {
  const name = operatorName(by, environment.HOLDFAST_OPERATOR);
  const report = await atPolicyDesk(await findAddresses(environment), async (desk) => {
    return settled(desk, await work(desk, await desk.history(), name), wait * SECOND_MS);
  });
  out(json ? `${JSON.stringify(jsonOf(report))}\n` : describeChange(report));
  exit(exitCodeOf(report));
}

/** A map is no JSON. */
function jsonOf({ change: done, shards, tookMs }: Parameters<typeof describeChange>[0]): object {
  if (done.kind !== 'activated') return { ...done, shards, tookMs };
  const { offsets: _, ...activated } = done.activated;
  return { kind: done.kind, ...activated, shards, tookMs };
}

function stage(text: string): string {
  if (parseStage(text) !== undefined) return text;
  throw new InvalidArgumentError('draft, shadow, canary(10%), live or retired is expected.');
}

function comment(text: string): string {
  if (text.length <= MAX_COMMENT) return text;
  throw new InvalidArgumentError(`at most ${MAX_COMMENT} characters are allowed.`);
}

function wholeSeconds(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number of seconds is expected.');
}
