import { STATE_LAYOUT } from '@holdfast/telecom';
import { type Mutant, mutantArguments } from '@holdfast/testkit/mutation';

const LAYOUTS = 'packages/telecom/src/layouts.ts';

/** The layout that the next release brings: the newest one of this release behind a field of its own. */
export const NEXT_LAYOUT = STATE_LAYOUT + 1;

/** Bytes before those of this release's layout: the number, and how often the next release has written the state. */
const HEAD_BYTES = 2;

const NEXT_OF = `
function nextOf(newest) {
  const number = newest.number + 1;
  return {
    number,
    encode(state, features) {
      state.timesWritten = Math.min(255, (state.timesWritten ?? 0) + 1);
      return Buffer.concat([Buffer.from([number, state.timesWritten]), newest.encode(state, features).subarray(1)]);
    },
    decode(customerId, bytes) {
      const before = Buffer.concat([Buffer.from([newest.number]), bytes.subarray(${HEAD_BYTES})]);
      return Object.assign(newest.decode(customerId, before), { timesWritten: bytes[1] });
    },
  };
}
`;

/** This source with one layout more, and a field in it that this release has no place for. */
const NEXT_RELEASE: Mutant = {
  name: 'the next release',
  edits: [
    {
      file: LAYOUTS,
      find: 'new Map(LAYOUTS.map((',
      replace: 'new Map([...LAYOUTS, nextOf(LAYOUTS.at(-1))].map((',
    },
    { file: LAYOUTS, find: '/** The newest layout:', replace: `${NEXT_OF}\n/** The newest layout:` },
  ],
};

/** The environment in which a service process is one of the next release. */
export function nextReleaseEnvironment(): Readonly<Record<string, string>> {
  const [flag, hook] = mutantArguments(NEXT_RELEASE);
  return { NODE_OPTIONS: `${flag}=${hook}` };
}

/** How often the next release wrote a state; 0 for one in a layout of this release. */
export function timesWrittenByNext(bytes: Buffer): number {
  return bytes[0] === NEXT_LAYOUT ? (bytes[1] ?? 0) : 0;
}

/** A stored state in the newest layout of this release. */
export function asThisRelease(bytes: Buffer): Buffer {
  if (bytes[0] !== NEXT_LAYOUT) return bytes;
  return Buffer.concat([Buffer.from([STATE_LAYOUT]), bytes.subarray(HEAD_BYTES)]);
}
