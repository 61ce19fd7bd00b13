-- Forgets a note about a generation, once nothing of it is left. Neither version nor owner changes.
-- KEYS: 1 meta
-- ARGV: 1 name of the note: building or garbage, 2 the generation it names
-- Answers: {OK} | {INVALID, reason}
if ARGV[1] ~= 'building' and ARGV[1] ~= 'garbage' then
  return { 'INVALID', 'no such note' }
end
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return { 'OK' }
