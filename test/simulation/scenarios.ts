import { EVENT_KINDS, LABELS, LOSSES } from './actions.ts';
import { type Director, folded, released, runs, sends } from './director.ts';
import type { Loss } from './wire.ts';
import type { World } from './world.ts';

/** A story that leads to one of the narrow places of the protocol, after which chance may take over. */
export interface Scenario {
  readonly name: string;
  readonly isProxied?: true;
  tell(director: Director, world: World): void;
}

const BOTH = ['in.a', 'in.b'];
const DECIDE = EVENT_KINDS.indexOf('decide');
const WALL = EVENT_KINDS.indexOf('wall');
/** Of the configurations one under which silences are waited for. */
const SILENCE = 1;

/** Two occasions for one contact, in two topics: whichever is folded first decides. */
function rivals({ act }: Director): void {
  act('send', DECIDE, 0, 0);
  act('send', DECIDE, 0, 1);
}

/** The owner has committed the decision of topic a and is about to produce it; it was not yet decided in the backup. */
function aboutToRelease(director: Director): void {
  const { act, drive } = director;
  rivals(director);
  drive(0, runs(0), BOTH);
  act('backup');
  act('replicate');
  drive(0, sends(0, 'produce'), ['in.b', 'produce']);
}

/** As before, and then it falls asleep, the group moves on and the store forgets its decision. */
function zombieAboutToRelease(director: Director, fault: '!restore' | '!failover'): void {
  const { act, drive } = director;
  aboutToRelease(director);
  act('!pause', 0);
  act('!rebalance');
  act(fault);
  drive(1, runs(1), BOTH);
}

/** The zombie wakes up: its produce lands, its job is added. */
function zombieReleases({ act, drive }: Director, suffix = 'e1'): void {
  act('resume', 0);
  drive(0, hasJob(suffix), BOTH);
}

function hasJob(suffix: string): (world: World) => boolean {
  return ({ queue }) => [...queue.jobs.keys()].some((id) => id.endsWith(suffix));
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a zombie relay releases a rolled-back decision after the new owner adopted',
    tell(director) {
      zombieAboutToRelease(director, '!restore');
      director.drive(1, sends(1, 'produce'), ['in.a', 'produce']);
      zombieReleases(director);
    },
  },
  {
    name: 'a rollback makes the token of an earlier owner valid again',
    isProxied: true,
    tell(director) {
      const { act, drive } = director;
      rivals(director);
      drive(0, runs(0), BOTH);
      act('replicate');
      act('!pause', 0);
      act('!rebalance');
      drive(1, sends(1, 'queue'), ['in.b', 'queue']);
      act('!failover');
      act('resume', 0);
      drive(0, folded(1), ['in.a', 'tell']);
    },
  },
  {
    name: 'an idle owner after a rollback that nobody told it of',
    isProxied: true,
    tell(director) {
      const { act, drive } = director;
      rivals(director);
      drive(0, runs(0), BOTH);
      act('replicate');
      drive(0, (world) => folded(2)(world) && released(world));
      act('!failover');
    },
  },
  {
    name: 'a trim after a rollback does not move the relay offset past a lost decision',
    isProxied: true,
    tell(director) {
      const { act, drive } = director;
      rivals(director);
      drive(0, runs(0), BOTH);
      act('replicate');
      drive(0, sends(0, 'trim'), ['in.b', 'trim']);
      act('!failover');
      drive(0, (world) => !sends(0, 'trim')(world), BOTH);
      act('!crash', 0);
      act('!rebalance');
      drive(1, folded(1), ['in.a']);
    },
  },
  {
    name: 'a produce in flight when the shard was dropped lands after the adoption read the end',
    tell(director) {
      const { act, drive } = director;
      aboutToRelease(director);
      loseCall(director, 0, 'produce', 'late');
      act('!failover');
      drive(0, folded(1), ['in.a']);
    },
  },
  {
    name: 'a rollback with the same owner, whose relay had already sent',
    tell(director) {
      const { act, drive } = director;
      rivals(director);
      drive(0, runs(0), BOTH);
      act('replicate');
      drive(0, sends(0, 'queue'), ['in.b', 'queue']);
      act('!failover');
      drive(0, folded(1), ['in.a']);
    },
  },
  {
    name: 'a late commit of an earlier life',
    isProxied: true,
    tell(director) {
      const { act, drive } = director;
      rivals(director);
      drive(0, runs(0), BOTH);
      drive(0, sends(0, 'commit'), ['in.b', 'commit']);
      act('!crash', 0);
      act('up', 0);
      act('replicate');
      drive(0, sends(0, 'commit'), ['commit']);
      act('!failover');
      act('run-late');
      drive(0, folded(1), ['in.a']);
    },
  },
  {
    name: 'a zombie decision in the log before an own trim, sent from a later lineage that was lost',
    tell(director) {
      const { act, drive, deliver } = director;
      act('send', DECIDE, 2, 0);
      rivals(director);
      drive(0, runs(0), BOTH);
      act('backup');
      act('fetch', 0, 0, 2);
      drive(0, sends(0, 'produce'), ['in.b', 'produce']);
      act('!pause', 0);
      act('!rebalance');
      act('!restore');
      drive(1, runs(1), BOTH);
      act('fetch', 1, 0, 1);
      drive(1, sends(1, 'produce'), [...BOTH, 'produce']);
      zombieReleases(director, 'e2');
      drive(1, released, BOTH);
      act('replicate');
      drive(1, folded(2), ['in.b']);
      deliver('e2');
      act('!failover');
      drive(1, folded(2), ['in.a']);
    },
  },
  {
    name: 'two released decisions of two lineages meet in adoption',
    tell(director) {
      const { act, drive, deliver } = director;
      zombieAboutToRelease(director, '!restore');
      act('backup');
      drive(1, sends(1, 'produce'), ['in.a', 'produce']);
      zombieReleases(director);
      drive(1, sends(1, 'trim'), ['in.a', 'trim']);
      deliver('e2');
      act('!restore');
      drive(1, runs(1), BOTH);
    },
  },
  {
    name: 'an own decision sent, a zombie one adopted at a plain claim',
    tell(director) {
      const { act, drive, deliver } = director;
      zombieAboutToRelease(director, '!restore');
      drive(1, (world) => folded(1)(world) && released(world), ['in.a']);
      zombieReleases(director);
      deliver('e2');
      act('!crash', 1);
      act('up', 1);
      drive(1, runs(1), BOTH);
    },
  },
  {
    name: 'a backup of a lost lineage is restored',
    tell(director) {
      const { act, drive, deliver } = director;
      aboutToRelease(director);
      act('backup');
      loseCall(director, 0, 'produce', 'late');
      act('!failover');
      drive(0, (world) => folded(1)(world) && released(world), ['in.a']);
      deliver('e2');
      act('!restore');
      drive(0, runs(0), BOTH);
    },
  },
  {
    name: 'the job of a zombie meets a restored state of a lost lineage before the claim',
    tell(director) {
      const { act, drive, deliver } = director;
      aboutToRelease(director);
      act('backup');
      act('!pause', 0);
      act('!rebalance');
      act('!failover');
      drive(1, runs(1), BOTH);
      drive(1, (world) => folded(1)(world) && released(world), ['in.a']);
      deliver('e2');
      zombieReleases(director);
      act('!restore');
      deliver('e1');
    },
  },
  {
    name: 'a fired timer whose commit was lost',
    tell(director) {
      const { act, drive } = director;
      act('send', WALL, 0, 0);
      drive(0, folded(1));
      drive(0, sends(0, 'commit'), ['commit']);
      loseCall(director, 0, 'commit', 'request');
    },
  },
  {
    name: 'a job asked for again after it was done and forgotten',
    tell(director) {
      const { act, drive, deliver } = director;
      act('send', DECIDE, 2, 0);
      drive(0, sends(0, 'queue'), ['queue']);
      loseCall(director, 0, 'queue', 'reply');
      deliver('e1');
      act('expire', 0);
      drive(0, released, ['in.b']);
      deliver('e1');
    },
  },
  {
    name: 'a partition that goes and comes back while a commit is under way',
    tell(director) {
      const { act, drive } = director;
      rivals(director);
      drive(0, sends(0, 'commit'), ['commit']);
      act('!rebalance');
      act('tell', 0);
      act('!rebalance');
      act('tell', 0);
    },
  },
  {
    name: 'a zombie that works by the configuration before, while the next owner has switched',
    tell(director) {
      const { act, drive } = director;
      rivals(director);
      drive(0, folded(2));
      act('configure', SILENCE, 1);
      act('send', DECIDE, 1, 0);
      drive(0, sends(0, 'commit'), ['commit']);
      act('!pause', 0);
      act('!rebalance');
      drive(1, folded(4));
      act('resume', 0);
      drive(0, runs(1));
    },
  },
  {
    name: 'a sweep whose owner dies in the middle of it',
    tell(director) {
      const { act, drive } = director;
      for (const customer of [0, 1, 2]) act('send', 0, customer, 0);
      drive(0, folded(3));
      act('configure', SILENCE, 0);
      drive(0, folded(4));
      drive(0, sends(0, 'sweep'));
      drive(0, sends(0, 'commit'), ['commit']);
      act('!crash', 0);
    },
  },
  {
    name: 'a log recreated between the question for its bounds and the answer',
    tell({ act, drive }) {
      drive(0, sends(0, 'bounds'), ['bounds']);
      // The first worker's second call, after its claim, asks for the bounds of the first topic.
      act('run', 1, 2);
      act('!recreate', 0, 0);
    },
  },
];

function loseCall({ act }: Director, slot: number, label: string, how: Loss): void {
  act('!lose-of', slot, LABELS.indexOf(label), LOSSES.indexOf(how));
}
