import { type Mutant, mutantArguments } from '@holdfast/testkit/mutation';

const NEVER = 'if false then';
const LUA = 'packages/redis/src/lua';
const TOKEN = 'if owner[1] ~= ARGV[1] then';
const VERSION = 'if owner[2] ~= ARGV[2] then';

/**
 * The store without its fence: no script asks for the token or the version any more. Each of the two covers for the
 * other, so both go.
 */
const UNFENCED: Mutant = {
  name: 'no fence',
  edits: [
    { file: `${LUA}/commit.lua`, find: TOKEN, replace: NEVER },
    { file: `${LUA}/commit.lua`, find: VERSION, replace: NEVER },
    { file: `${LUA}/poll.lua`, find: TOKEN, replace: NEVER },
    { file: `${LUA}/poll.lua`, find: VERSION, replace: NEVER },
    { file: `${LUA}/sweep.lua`, find: TOKEN, replace: NEVER },
    { file: `${LUA}/sweep.lua`, find: VERSION, replace: NEVER },
    { file: `${LUA}/read-outbox.lua`, find: TOKEN, replace: NEVER },
    { file: `${LUA}/read-outbox.lua`, find: 'if tonumber(owner[2]) < tonumber(ARGV[2]) then', replace: NEVER },
    { file: `${LUA}/trim.lua`, find: TOKEN, replace: NEVER },
    {
      file: `${LUA}/trim.lua`,
      find: 'if stored < tonumber(ARGV[2]) or stored < written then',
      replace: NEVER,
    },
  ],
};

/** The environment in which a worker process runs without the fence. */
export function unfencedEnvironment(): Readonly<Record<string, string>> {
  const [flag, hook] = mutantArguments(UNFENCED);
  return { NODE_OPTIONS: `${flag}=${hook}` };
}
