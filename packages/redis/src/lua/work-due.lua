-- Does what the clock asks for, for items that are due, each in the order of its moments. However many gateways ask, each
-- change is made once; after a standstill they are made up for. While too many changes are untold it stands still.
-- KEYS: 1 prefix
-- ARGV: 1 now in ms or '', 2 most untold changes, 3 most items
-- Answers: {OK, items looked at, {change, count, ...}}
work = KEYS[1]
local now = now_ms(ARGV[1])
local counts = {}
local function counted(change)
  counts[change] = (counts[change] or 0) + 1
end
local function has_passed(text)
  local at = tonumber(text)
  return at and at <= now
end

-- One change; answers the item after it, or nil when nothing is left to do now.
local function advance(item)
  local old = copy_of(item)
  if not LIVE[item.state] then
    if number_of(item.endedAt) + KEPT_MS <= now then
      remove_item(item)
      counted('FORGOTTEN')
    end
    return nil
  end
  if item.state == 'claimed' and has_passed(item['until']) then
    local holder = item.agent
    item.state = 'open'
    to_pool(item, now)
    tell(item, old, 'LEASE_EXPIRED', holder, now)
    counted('LEASE_EXPIRED')
    return item
  end
  if item.escalatedAt == '' and has_passed(item.dueAt) then
    item.escalatedAt, item.rank = ms(now), '0'
    if item.state == 'open' then
      item.stage, item.stageUntil, item.owner = 'desk', '', ''
    end
    tell(item, old, 'ESCALATED', '', now)
    counted('ESCALATED')
    return item
  end
  if item.state ~= 'claimed' and has_passed(item.endsAt) then
    item.state, item.agent, item.owner, item['until'], item.stageUntil = 'expired', '', '', '', ''
    item.endedAt = ms(now)
    tell(item, old, 'EXPIRED', '', now)
    counted('EXPIRED')
    return nil
  end
  -- Neither the end of a sleep nor the turn of the pool is an event: the first was told when it began.
  if item.state == 'snoozed' and has_passed(item['until']) then
    item.state = 'open'
    to_owner(item, item.owner, now)
    write_item(item, old)
    counted('WOKEN')
    return item
  end
  if item.state == 'open' and item.stage == 'owner' and has_passed(item.stageUntil) then
    to_pool(item, now)
    write_item(item, old)
    counted('TO_POOL')
    return item
  end
  if item.state == 'open' and item.stage == 'team' and has_passed(item.stageUntil) then
    item.stage, item.stageUntil = 'desk', ''
    write_item(item, old)
    counted('TO_POOL')
    return item
  end
  return nil
end

if is_full(ARGV[2]) then
  return { 'OK', 0, {} }
end
local ids = redis.call('ZRANGEBYSCORE', work .. 'due', '-inf', ms(now), 'LIMIT', 0, tonumber(ARGV[3]))
for _, id in ipairs(ids) do
  local item = read_item(id)
  if not item then
    redis.call('ZREM', work .. 'due', id)
  end
  while item do
    item = advance(item)
  end
end
return { 'OK', #ids, flat_of(counts) }
