-- Appends alerts in the order given, each with its sent mark and, where it comes with one, the item of the work list, so
-- that an alert asked for again does not appear again and is never without its item.
-- KEYS: 1 alerts stream, 2 prefix of the work list's keys, then the sent mark of each alert
-- ARGV: 1 most entries kept (about), 2 TTL of a mark in seconds, then for each alert: its contact id, the alert as JSON, how
--       many values of the item follow, and those: field, value, ... of the item, none where there is no item
-- Answers: for each {OK, entry id} | {ALREADY} | {INVALID, reason}
work = KEYS[2]
local kind = redis.call('TYPE', KEYS[1]).ok
local most, ttl = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = now_ms('')
local refused
if kind ~= 'stream' and kind ~= 'none' then
  refused = 'the alerts key holds a value of another kind'
elseif not most or not ttl or most < 1 or ttl < 1 then
  refused = 'bound or TTL malformed'
end

local function append(mark, at, last)
  if redis.call('EXISTS', mark) == 1 then
    return { 'ALREADY' }
  end
  if refused then
    return { 'INVALID', refused }
  end
  local item, problem
  if last > at + 2 then
    item, problem = new_item(at + 3, last, now)
    if not item then
      return { 'INVALID', problem }
    end
  end
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'c', ARGV[at], 'j', ARGV[at + 1])
  redis.call('SET', mark, id, 'EX', ARGV[2])
  if item and redis.call('EXISTS', work .. 'i:' .. item.id) == 0 then
    tell(item, nil, 'OPENED', '', now)
  end
  return { 'OK', id }
end

local answers = {}
local at = 3
for i = 3, #KEYS do
  local last = at + 2 + tonumber(ARGV[at + 2])
  answers[#answers + 1] = append(KEYS[i], at, last)
  at = last + 1
end
return answers
