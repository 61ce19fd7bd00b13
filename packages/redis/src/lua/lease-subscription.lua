-- Takes the lease of a subscription that nobody holds, or renews one's own.
-- KEYS: 1 lease, 2 subscriptions
-- ARGV: 1 owner, 2 for how long, ms, 3 id of the subscription
-- Answers: {OK} | {HELD} | {ABSENT}
if redis.call('HEXISTS', KEYS[2], ARGV[3]) == 0 then
  return { 'ABSENT' }
end
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return { 'HELD' }
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'OK' }
