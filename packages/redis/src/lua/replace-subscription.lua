-- Replaces or removes a subscription that is still as it was read.
-- KEYS: 1 subscriptions, 2 revision, 3 and more: deleted when the subscription is removed
-- ARGV: 1 id, 2 record as read, 3 new record, empty to remove it
-- Answers: {OK} | {ABSENT} | {CHANGED}
local found = redis.call('HGET', KEYS[1], ARGV[1])
if not found then
  return { 'ABSENT' }
end
if found ~= ARGV[2] then
  return { 'CHANGED' }
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  for index = 3, #KEYS do
    redis.call('DEL', KEYS[index])
  end
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
redis.call('INCR', KEYS[2])
return { 'OK' }
