-- Writes down how a try went. An ended message stays among the newest that are kept for the log.
-- KEYS: 1 lease, 2 state, 3 due, 4 messages, 5 ended
-- ARGV: 1 owner, 2 message id, 3 record, 4 again at, ms, or '' when it has ended, 5 now, ms, 6 most ended kept,
--       7 delivered, failed or waiting
-- Answers: {OK, messages in a row that ended undelivered} | {FENCED} | {ABSENT}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return { 'FENCED' }
end
if redis.call('HEXISTS', KEYS[4], ARGV[2]) == 0 then
  return { 'ABSENT' }
end
redis.call('HSET', KEYS[4], ARGV[2], ARGV[3])
if ARGV[7] == 'delivered' then
  redis.call('HSET', KEYS[2], 'deliveredAt', ARGV[5], 'undelivered', '0')
else
  redis.call('HSET', KEYS[2], 'failedAt', ARGV[5])
end
if ARGV[4] ~= '' then
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[2])
  return { 'OK', tonumber(redis.call('HGET', KEYS[2], 'undelivered') or '0') }
end
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZADD', KEYS[5], ARGV[5], ARGV[2])
local surplus = redis.call('ZCARD', KEYS[5]) - tonumber(ARGV[6])
if surplus > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[5], 0, surplus - 1)) do
    redis.call('HDEL', KEYS[4], id)
  end
  redis.call('ZREMRANGEBYRANK', KEYS[5], 0, surplus - 1)
end
local undelivered = 0
if ARGV[7] == 'failed' then
  undelivered = redis.call('HINCRBY', KEYS[2], 'undelivered', 1)
end
return { 'OK', undelivered }
