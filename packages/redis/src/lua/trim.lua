-- Removes released outbox entries by their exact ids and moves the relay offset, but only when the produce began at the
-- stored one: a stranger's record in between is left for adoption. The version is compared as in read-outbox.
-- KEYS: 1 meta, 2 outbox
-- ARGV: 1 token, 2 version (at least), 3 highest version that wrote the entries, 4 offset the produce began at or '',
--       5 new relay position or '', 6... entry ids
-- Answers: {OK, relay moved 1 or 0} | {FENCED} | {ROLLED_BACK} | {UNINITIALISED} | {INVALID, reason}
local owner = redis.call('HMGET', KEYS[1], 'token', 'version', 'relay')
if not owner[2] then
  return { 'UNINITIALISED' }
end
if owner[1] ~= ARGV[1] then
  return { 'FENCED' }
end
local stored, written = tonumber(owner[2]), tonumber(ARGV[3])
if not written or not tonumber(ARGV[2]) then
  return { 'INVALID', 'version malformed' }
end
if stored < tonumber(ARGV[2]) or stored < written then
  return { 'ROLLED_BACK' }
end
for i = 6, #ARGV do
  if not string.find(ARGV[i], '^%d+%-%d+$') then
    return { 'INVALID', 'entry id malformed' }
  end
  local entry = redis.call('XRANGE', KEYS[2], ARGV[i], ARGV[i])[1]
  -- An id given out again after lost writes: not the entry that was released.
  if entry and tonumber(entry[2][2]) > written then
    return { 'ROLLED_BACK' }
  end
end
for first = 6, #ARGV, 1000 do
  redis.call('XDEL', KEYS[2], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
if ARGV[4] ~= '' and ARGV[5] ~= '' and string.match(owner[3] or '', '^(%d+) ') == ARGV[4] then
  redis.call('HSET', KEYS[1], 'relay', ARGV[5])
  return { 'OK', 1 }
end
return { 'OK', 0 }
