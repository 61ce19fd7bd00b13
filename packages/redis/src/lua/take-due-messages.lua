-- Hands out messages that are due. Each is due again after a while, should whoever took it never settle it.
-- KEYS: 1 lease, 2 state, 3 due, 4 messages, 5 revision
-- ARGV: 1 owner, 2 revision the subscription was read at, 3 now, ms, 4 most messages, 5 due again at, ms
-- Answers: {OK, waiting, next due ms or '', alerts position, events position, id, record, ...} | {FENCED} | {STALE}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return { 'FENCED' }
end
if (redis.call('GET', KEYS[5]) or '0') ~= ARGV[2] then
  return { 'STALE' }
end
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[3], 'LIMIT', 0, ARGV[4])) do
  local record = redis.call('HGET', KEYS[4], id)
  if record then
    redis.call('ZADD', KEYS[3], ARGV[5], id)
    taken[#taken + 1] = id
    taken[#taken + 1] = record
  else
    redis.call('ZREM', KEYS[3], id)
  end
end
local next_due = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2] or ''
local positions = redis.call('HMGET', KEYS[2], 'alerts', 'events')
return { 'OK', redis.call('ZCARD', KEYS[3]), next_due, positions[1] or '', positions[2] or '', unpack(taken) }
