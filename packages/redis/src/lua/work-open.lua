-- Opens an item that comes without an alert: a follow-up.
-- KEYS: 1 prefix
-- ARGV: 1 now in ms or '', 2 most untold changes, 3 who opened it or '', then field, value, ...
-- Answers: {OK, item} | {ALREADY, item} | {FULL} | {INVALID, reason}
work = KEYS[1]
local now = now_ms(ARGV[1])
local item, problem = new_item(4, #ARGV, now)
if not item then
  return { 'INVALID', problem }
end
local known = read_item(item.id)
if known then
  return { 'ALREADY', flat_of(known) }
end
if is_full(ARGV[2]) then
  return { 'FULL' }
end
tell(item, nil, 'OPENED', ARGV[3], now)
return { 'OK', flat_of(item) }
