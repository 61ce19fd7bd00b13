-- Adds a subscription whose messages begin with what comes next.
-- KEYS: 1 subscriptions, 2 revision, 3 state, 4 alerts stream, 5 events stream
-- ARGV: 1 id, 2 record, 3 most subscriptions
-- Answers: {OK} | {FULL} | {EXISTS}
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  return { 'EXISTS' }
end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  return { 'FULL' }
end
local function head(stream)
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)
  return newest[1] and newest[1][1] or '0-0'
end
redis.call('HSET', KEYS[3], 'alerts', head(KEYS[4]), 'events', head(KEYS[5]))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[2])
return { 'OK' }
