-- Notes in the live shard which generation is being built, so that what is left behind after a crash is found.
-- KEYS: 1 meta
-- ARGV: 1 generation
-- Answers: {OK} | {UNINITIALISED}
if redis.call('HEXISTS', KEYS[1], 'version') == 0 then
  return { 'UNINITIALISED' }
end
redis.call('HSET', KEYS[1], 'building', ARGV[1])
return { 'OK' }
