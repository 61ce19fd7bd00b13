-- Everything one micro-batch changes, written all or not at all. Redis does not undo: whatever could make a write below
-- fail is checked above the line. Keys of states, history and KPIs come in ARGV, next to their values, so that they go
-- to MSET without being copied; they carry the hash tag of KEYS.
-- KEYS: 1 meta, 2 due, 3 outbox, 4 journal
-- ARGV: 1 token, 2 version (exact), 3 most items, 4 most bytes, 5 history records kept per entity, 6 history TTL in
--       seconds, 7 told records kept per entity, 8 their TTL in seconds, then counts of: 9 states, 10 dues, 11 outbox
--       messages, 12 KPI increments, 13 history records, 14 journal entries, 15 meta fields, 16 deletions, 17 meta fields to
--       remove, 18 told records; then states (key, bytes), dues (ms, id), outbox messages, KPI increments (key, cell, by),
--       history (key, record), journal entries, meta (field, value), deletions (state key, history key, told key, id),
--       meta fields to remove (field), told (key, record)
-- Answers: {OK, new version, outbox length} | {FENCED} | {ROLLED_BACK} | {UNINITIALISED} | {INVALID, reason}
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

local HEAD = 18
local first, items, position = {}, 0, HEAD + 1
local widths = { 2, 2, 1, 3, 2, 1, 2, 4, 1, 2 }
for section = 1, 10 do
  local count = tonumber(ARGV[8 + section])
  if not count then
    return { 'INVALID', 'section count malformed' }
  end
  first[section] = position
  position = position + count * widths[section]
  items = items + count
end
first[11] = position
if position ~= #ARGV + 1 then
  return { 'INVALID', 'arguments do not match their counts' }
end
if items > tonumber(ARGV[3]) then
  return { 'INVALID', 'too many items: ' .. items }
end
local bytes = 0
for i = 1, #ARGV do
  bytes = bytes + #ARGV[i]
end
if bytes > tonumber(ARGV[4]) then
  return { 'INVALID', 'too many bytes: ' .. bytes }
end

local function holds(key, kind)
  local found = redis.call('TYPE', key).ok
  return found == kind or found == 'none'
end
if not (holds(KEYS[2], 'zset') and holds(KEYS[3], 'stream') and holds(KEYS[4], 'stream')) then
  return { 'INVALID', 'due, outbox or journal holds a value of another kind' }
end
for i = first[2], first[3] - 1, 2 do
  local due = tonumber(ARGV[i])
  if not due or due ~= due then
    return { 'INVALID', 'due time is not a number' }
  end
end
for i = first[4], first[5] - 1, 3 do
  if not holds(ARGV[i], 'hash') then
    return { 'INVALID', 'KPI key holds a value of another kind' }
  end
  local total = tonumber(redis.call('HGET', ARGV[i], ARGV[i + 1]) or '0')
  local by = tonumber(ARGV[i + 2])
  if not total or not by or by % 1 ~= 0 or math.abs(total + by) > 9007199254740991 then
    return { 'INVALID', 'KPI increment is not an integer or leaves the safe range' }
  end
end
for i = first[5], first[6] - 1, 2 do
  if not holds(ARGV[i], 'list') then
    return { 'INVALID', 'history key holds a value of another kind' }
  end
end
for i = first[10], first[11] - 1, 2 do
  if not holds(ARGV[i], 'list') then
    return { 'INVALID', 'told key holds a value of another kind' }
  end
end

-- The line: only writes from here on.
local version = string.format('%.0f', tonumber(owner[2]) + 1)
-- unpack has room for about 8,000 values.
local CHUNK = 4000
-- First, so that what is written below for the same entity is new.
for i = first[8], first[9] - 1, 4 do
  redis.call('UNLINK', ARGV[i], ARGV[i + 1], ARGV[i + 2])
  redis.call('ZREM', KEYS[2], ARGV[i + 3])
end
for i = first[1], first[2] - 1, CHUNK do
  redis.call('MSET', unpack(ARGV, i, math.min(i + CHUNK, first[2]) - 1))
end
for i = first[2], first[3] - 1, CHUNK do
  redis.call('ZADD', KEYS[2], unpack(ARGV, i, math.min(i + CHUNK, first[3]) - 1))
end
for i = first[3], first[4] - 1 do
  redis.call('XADD', KEYS[3], '*', 'v', version, 'm', ARGV[i])
end
for i = first[4], first[5] - 1, 3 do
  redis.call('HINCRBY', ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
for i = first[5], first[6] - 1, 2 do
  redis.call('LPUSH', ARGV[i], ARGV[i + 1])
  redis.call('LTRIM', ARGV[i], 0, ARGV[5] - 1)
  redis.call('EXPIRE', ARGV[i], ARGV[6])
end
-- A producer that sends a record again sends the same bytes: they are kept once.
for i = first[10], first[11] - 1, 2 do
  if not redis.call('LPOS', ARGV[i], ARGV[i + 1]) then
    redis.call('LPUSH', ARGV[i], ARGV[i + 1])
    redis.call('LTRIM', ARGV[i], 0, ARGV[7] - 1)
    redis.call('EXPIRE', ARGV[i], ARGV[8])
  end
end
for i = first[6], first[7] - 1 do
  redis.call('XADD', KEYS[4], '*', 'j', ARGV[i])
end
for i = first[7], first[8] - 1, CHUNK do
  redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + CHUNK, first[8]) - 1))
end
for i = first[9], first[10] - 1, CHUNK do
  redis.call('HDEL', KEYS[1], unpack(ARGV, i, math.min(i + CHUNK, first[10]) - 1))
end
redis.call('HSET', KEYS[1], 'version', version)
return { 'OK', version, redis.call('XLEN', KEYS[3]) }
