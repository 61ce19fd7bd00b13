-- Opens an ended item again, for somebody else than who ended it, at the head of the pool, with as long a deadline as it had. One
-- that was withdrawn stays so: its customer is not to be called with it by anybody.
-- KEYS: 1 prefix
-- ARGV: 1 now in ms or '', 2 most untold changes, 3 who asks or '', 4 version (exact) or '', 5 item id, 6 why, an id, or '':
--       the same why opens it once
-- Answers: {OK, item} | {ALREADY, item} | {LIVE, item} | {WITHDRAWN, item} | {CHANGED, item} | {ABSENT} | {FULL}
work = KEYS[1]
local now = now_ms(ARGV[1])
local item = read_item(ARGV[5])
if not item then
  return { 'ABSENT' }
end
if ARGV[6] ~= '' and item.reopenedFor == ARGV[6] then
  return { 'ALREADY', flat_of(item) }
end
if LIVE[item.state] then
  return { 'LIVE', flat_of(item) }
end
if item.state == 'withdrawn' then
  return { 'WITHDRAWN', flat_of(item) }
end
if ARGV[4] ~= '' and item.version ~= ARGV[4] then
  return { 'CHANGED', flat_of(item) }
end
if is_full(ARGV[2]) then
  return { 'FULL' }
end
local old = copy_of(item)
item.avoid = item.agent
item.state, item.outcome, item.endedAt, item.escalatedAt, item.rank = 'open', '', '', '', '1'
item.dueAt = ms(now + number_of(item.allowed))
item.endsAt = ms(number_of(item.dueAt) + LIFE_MS)
item.reopened = ms(number_of(item.reopened) + 1)
item.reopenedFor, item.since = ARGV[6], ms(now)
to_pool(item, now)
tell(item, old, 'REOPENED', ARGV[3], now)
return { 'OK', flat_of(item) }
