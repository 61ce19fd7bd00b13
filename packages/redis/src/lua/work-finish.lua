-- Ends an item with its outcome. One that was withdrawn because of what the customer said has ended so already, also for whoever
-- he said it to: an item has one end, which is told once.
-- KEYS: 1 prefix
-- ARGV: 1 now in ms or '', 2 most untold changes, 3 agent or '', 4 who may: holder, or anybody (a supervisor, or what was
--       told through the log), 5 version (exact) or '', 6 item id, 7 outcome
-- Answers: {OK, item} | {ALREADY, item} | {NOT_HELD, item} | {ENDED, item} | {CHANGED, item} | {ABSENT} | {FULL}
work = KEYS[1]
local now = now_ms(ARGV[1])
local item = read_item(ARGV[6])
if not item then
  return { 'ABSENT' }
end
if item.state == 'done' and item.outcome == ARGV[7] and item.agent == ARGV[3] then
  return { 'ALREADY', flat_of(item) }
end
local is_said = item.state == 'withdrawn' and item.outcome == ARGV[7]
if is_said and (ARGV[4] == 'anybody' or item.agent == ARGV[3]) then
  return { 'ALREADY', flat_of(item) }
end
if not LIVE[item.state] then
  return { 'ENDED', flat_of(item) }
end
local is_holder = item.state == 'claimed' and item.agent == ARGV[3]
if ARGV[4] == 'holder' and not is_holder then
  return { 'NOT_HELD', flat_of(item) }
end
if ARGV[5] ~= '' and item.version ~= ARGV[5] then
  return { 'CHANGED', flat_of(item) }
end
if is_full(ARGV[2]) then
  return { 'FULL' }
end
local old = copy_of(item)
item.state, item.agent, item.owner, item.outcome = 'done', ARGV[3], ARGV[3], ARGV[7]
item['until'], item.stageUntil, item.endedAt = '', '', ms(now)
tell(item, old, 'FINISHED', ARGV[3], now)
return { 'OK', flat_of(item) }
