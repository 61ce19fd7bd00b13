-- What whoever holds an item does with it, other than finishing: lets it last longer, lays it down, puts it to sleep, gives
-- it to somebody else. A supervisor may do the last three with any live item.
-- KEYS: 1 prefix
-- ARGV: 1 now in ms or '', 2 most untold changes, 3 agent, 4 1 for a supervisor, 5 version (exact) or '', 6 item id,
--       7 what: renew, release, snooze or hand-over, 8 lease in ms, or until when in ms, or agent, 9 team, 10 note
-- Answers: {OK, item} | {NOT_HELD, item} | {ENDED, item} | {CHANGED, item} | {TOO_LATE, item} | {ABSENT} | {FULL} |
--          {INVALID, reason}
work = KEYS[1]
local now = now_ms(ARGV[1])
local agent, what = ARGV[3], ARGV[7]
local item = read_item(ARGV[6])
if not item then
  return { 'ABSENT' }
end
if not LIVE[item.state] then
  return { 'ENDED', flat_of(item) }
end
-- Past its end a lease holds until somebody else takes the item or the clock comes by.
local is_holder = item.state == 'claimed' and item.agent == agent
if not is_holder and (ARGV[4] ~= '1' or what == 'renew') then
  return { 'NOT_HELD', flat_of(item) }
end
if ARGV[5] ~= '' and item.version ~= ARGV[5] then
  return { 'CHANGED', flat_of(item) }
end
if what ~= 'renew' and is_full(ARGV[2]) then
  return { 'FULL' }
end
local old = copy_of(item)
if what == 'renew' then
  -- Not an event: the item is where it was. The version stays, so that a client need not read it again.
  item['until'] = ms(math.max(number_of(item['until']), now + tonumber(ARGV[8])))
  write_item(item, old)
elseif what == 'release' then
  item.state = 'open'
  to_pool(item, now)
  tell(item, old, 'RELEASED', agent, now)
elseif what == 'snooze' then
  local wake = tonumber(ARGV[8])
  if wake <= now or wake >= number_of(item.endsAt) then
    return { 'TOO_LATE', flat_of(item) }
  end
  item.state, item.owner, item.agent, item['until'] = 'snoozed', agent, '', ARGV[8]
  tell(item, old, 'SNOOZED', agent, now)
elseif what == 'hand-over' then
  item.state, item.note, item.avoid = 'open', ARGV[10], ''
  if ARGV[8] ~= '' then
    to_owner(item, ARGV[8], now)
  else
    item.team = ARGV[9]
    to_pool(item, now)
  end
  tell(item, old, 'HANDED_OVER', agent, now)
else
  return { 'INVALID', 'no such action: ' .. what }
end
return { 'OK', flat_of(item) }
