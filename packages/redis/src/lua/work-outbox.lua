-- Takes or keeps the relay's turn, and reads the changes to be told, oldest first. One relay at a time keeps them in
-- order; that an event is told once more after a turn ran out is for its reader to notice, by its id.
-- KEYS: 1 prefix
-- ARGV: 1 token of the relay, 2 how long its turn lasts, ms, 3 most entries
-- Answers: {OK, {{entry id, {field, value, ...}}, ...}} | {HELD}
work = KEYS[1]
local holder = redis.call('GET', work .. 'relay')
if holder and holder ~= ARGV[1] then
  return { 'HELD' }
end
redis.call('SET', work .. 'relay', ARGV[1], 'PX', ARGV[2])
return { 'OK', redis.call('XRANGE', work .. 'out', '-', '+', 'COUNT', ARGV[3]) }
