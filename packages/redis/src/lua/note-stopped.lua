-- Leaves in the shard why its owner stops. Neither the version nor anything the engine reads changes.
-- KEYS: 1 meta
-- ARGV: 1 token, 2 reason in one word, 3 message
-- Answers: {OK} | {FENCED} | {UNINITIALISED}
local token = redis.call('HGET', KEYS[1], 'token')
if not token then
  return { 'UNINITIALISED' }
end
if token ~= ARGV[1] then
  return { 'FENCED' }
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], 'stopped', ARGV[2], 'stoppedMessage', ARGV[3], 'stoppedAt', now)
return { 'OK' }
