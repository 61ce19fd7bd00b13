-- Entities due, earliest first, and the due time of the first one not in the list.
-- KEYS: 1 meta, 2 due
-- ARGV: 1 token, 2 version (exact), 3 now in ms, 4 limit
-- Answers: {OK, {id, dueMs, ...}, next dueMs or ''} | {FENCED} | {ROLLED_BACK} | {UNINITIALISED}
local owner = redis.call('HMGET', KEYS[1], 'token', 'version')
if not owner[2] then
  return { 'UNINITIALISED' }
end
if owner[1] ~= ARGV[1] then
  return { 'FENCED' }
end
if owner[2] ~= ARGV[2] then
  return { 'ROLLED_BACK' }
end
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3], 'WITHSCORES', 'LIMIT', 0, ARGV[4])
local rank = #due / 2
local following = redis.call('ZRANGE', KEYS[2], rank, rank, 'WITHSCORES')
return { 'OK', due, following[2] or '' }
