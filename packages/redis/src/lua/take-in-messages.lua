-- Puts messages of a subscription in line, together with the position up to which its streams were read. A message that
-- is known already is not put in line again.
-- KEYS: 1 lease, 2 state, 3 due, 4 messages, 5 revision
-- ARGV: 1 owner, 2 revision the subscription was read at, 3 field of the position, 4 position, 5 due at, ms, then id and
--       record of each message
-- Answers: {OK, waiting} | {FENCED} | {STALE}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return { 'FENCED' }
end
if (redis.call('GET', KEYS[5]) or '0') ~= ARGV[2] then
  return { 'STALE' }
end
for index = 6, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[4], ARGV[index], ARGV[index + 1]) == 1 then
    redis.call('ZADD', KEYS[3], ARGV[5], ARGV[index])
  end
end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
return { 'OK', redis.call('ZCARD', KEYS[3]) }
