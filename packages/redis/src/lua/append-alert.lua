-- Appends an alert and its sent mark together, so that an alert asked for again does not appear again.
-- KEYS: 1 alerts stream, 2 sent mark
-- ARGV: 1 contact id, 2 alert as JSON, 3 most entries kept (about), 4 TTL of the mark in seconds
-- Answers: {OK, entry id} | {ALREADY} | {INVALID, reason}
if redis.call('EXISTS', KEYS[2]) == 1 then
  return { 'ALREADY' }
end
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'stream' and kind ~= 'none' then
  return { 'INVALID', 'the alerts key holds a value of another kind' }
end
local most, ttl = tonumber(ARGV[3]), tonumber(ARGV[4])
if not most or not ttl or most < 1 or ttl < 1 then
  return { 'INVALID', 'bound or TTL malformed' }
end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'c', ARGV[1], 'j', ARGV[2])
redis.call('SET', KEYS[2], id, 'EX', ARGV[4])
return { 'OK', id }
