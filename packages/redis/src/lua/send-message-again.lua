-- Puts a known message in line at once, whether it has ended or waits.
-- KEYS: 1 due, 2 messages, 3 ended
-- ARGV: 1 message id, 2 record as read, 3 new record, 4 due at, ms
-- Answers: {OK} | {ABSENT} | {CHANGED}
local found = redis.call('HGET', KEYS[2], ARGV[1])
if not found then
  return { 'ABSENT' }
end
if found ~= ARGV[2] then
  return { 'CHANGED' }
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
return { 'OK' }
