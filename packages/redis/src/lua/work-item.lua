-- What every script of the work list begins with: an item, its indexes, when it is due, and the events that leave. It is put
-- in front of each of them and runs nothing itself. `work` is the prefix of the list's keys; they share one hash tag.
--   i:<item>    hash: the item. c:<customer>: set of his items. facts: hash, item -> what a search looks at
--   due         sorted set: item -> when the clock has something to do with it, ms
--   x:<sort>:<scope>  live items by sort key; scopes: all, d:<desk>, m:<account manager>, o:<who has it
--                     or whose it is>, e (escalated)
--   f:<scope>   free items, most urgent first; scopes: all, d:<desk>, o:<whose it is for now>
--   e:<scope>   ended items by age; scopes: all, d:<desk>
--   out         stream: changes on their way to the log
-- Members of the indexes all have score 0 and begin with a sort key of fixed length, so that a page goes on exactly after
-- the last one seen. All times are ms since the epoch; '' is none.
local work
local FACT = '\31'
local LIVE = { open = true, claimed = true, snoozed = true }
-- What is kept of an ended item, and for how long one lives at most.
local KEPT_MS, LIFE_MS = 30 * 86400000, 90 * 86400000

local function number_of(text)
  return tonumber(text) or 0
end

local function ms(value)
  return string.format('%.0f', value)
end

-- The clock of the server, so that gateways whose clocks differ agree; `given` where a test turns the hands.
local function now_ms(given)
  if given ~= '' then
    return tonumber(given)
  end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function read_item(id)
  local flat = redis.call('HGETALL', work .. 'i:' .. id)
  if #flat == 0 then
    return nil
  end
  local item = {}
  for i = 1, #flat, 2 do
    item[flat[i]] = flat[i + 1]
  end
  return item
end

-- `field, value, ...` of the item, or of what has changed since `old`.
local function flat_of(item, old)
  local flat = {}
  for field, value in pairs(item) do
    if not old or old[field] ~= value then
      flat[#flat + 1] = field
      flat[#flat + 1] = value
    end
  end
  return flat
end

local function copy_of(item)
  local copy = {}
  for field, value in pairs(item) do
    copy[field] = value
  end
  return copy
end

-- Key of an index -> member, for each index the item stands in.
local function places_of(item)
  local places = {}
  local due = string.format('%013.0f', number_of(item.dueAt))
  local age = string.format('%013.0f', number_of(item.openedAt)) .. ':' .. item.id
  if not LIVE[item.state] then
    places['e:all'] = age
    places['e:d:' .. item.desk] = age
    return places
  end
  local keys = { deadline = due .. ':' .. item.id, priority = item.rank .. due .. ':' .. item.id, age = age }
  local who = item.agent ~= '' and item.agent or item.owner
  for sort, member in pairs(keys) do
    places['x:' .. sort .. ':all'] = member
    places['x:' .. sort .. ':d:' .. item.desk] = member
    if item.manager ~= '' then
      places['x:' .. sort .. ':m:' .. item.manager] = member
    end
    if who ~= '' then
      places['x:' .. sort .. ':o:' .. who] = member
    end
    if item.escalatedAt ~= '' then
      places['x:' .. sort .. ':e'] = member
    end
  end
  if item.state ~= 'open' then
    return places
  end
  if item.stage == 'owner' then
    places['f:o:' .. item.owner] = keys.priority
  else
    places['f:all'] = keys.priority
    places['f:d:' .. item.desk] = keys.priority
  end
  return places
end

local function facts_of(item)
  return table.concat({
    item.state,
    item.desk,
    item.team,
    item.manager,
    item.play,
    item.tier,
    item.agent ~= '' and item.agent or item.owner,
    item.stage,
    item.avoid,
    item.dueAt,
    item.kind,
    item.escalatedAt ~= '' and 'late' or '',
  }, FACT)
end

-- The earliest moment at which `work-due` has something to do.
local function due_of(item)
  if not LIVE[item.state] then
    return number_of(item.endedAt) + KEPT_MS
  end
  local earliest
  local function wants(text)
    local at = tonumber(text)
    if at and (not earliest or at < earliest) then
      earliest = at
    end
  end
  if item.state ~= 'open' then
    wants(item['until'])
  elseif item.stage ~= 'desk' then
    wants(item.stageUntil)
  end
  if item.escalatedAt == '' then
    wants(item.dueAt)
  end
  -- Whoever is speaking with the customer is not interrupted: his lease ends first.
  if item.state ~= 'claimed' then
    wants(item.endsAt)
  end
  return earliest
end

local function write_item(item, old)
  local before = old and places_of(old) or {}
  local after = places_of(item)
  for key, member in pairs(before) do
    if after[key] ~= member then
      redis.call('ZREM', work .. key, member)
    end
  end
  for key, member in pairs(after) do
    if before[key] ~= member then
      redis.call('ZADD', work .. key, 0, member)
    end
  end
  local changed = flat_of(item, old)
  if #changed > 0 then
    redis.call('HSET', work .. 'i:' .. item.id, unpack(changed))
  end
  redis.call('HSET', work .. 'facts', item.id, facts_of(item))
  redis.call('ZADD', work .. 'due', due_of(item), item.id)
  if not old then
    redis.call('SADD', work .. 'c:' .. item.customer, item.id)
  end
end

local function remove_item(item)
  for key, member in pairs(places_of(item)) do
    redis.call('ZREM', work .. key, member)
  end
  redis.call('DEL', work .. 'i:' .. item.id)
  redis.call('HDEL', work .. 'facts', item.id)
  redis.call('ZREM', work .. 'due', item.id)
  redis.call('SREM', work .. 'c:' .. item.customer, item.id)
end

-- Writes the item after a change and the event that tells of it. `agent` is who did it, `reason` why it was taken from people.
local function tell(item, old, change, agent, now, reason)
  item.version = ms(number_of(item.version) + 1)
  write_item(item, old)
  redis.call(
    'XADD', work .. 'out', '*',
    'itemId', item.id, 'customerId', item.customer, 'contactId', item.contact, 'followUpId', item.followUp,
    'change', change, 'desk', item.desk, 'team', item.team, 'agent', agent,
    'owner', item.agent ~= '' and item.agent or item.owner, 'outcome', item.outcome, 'campaign', item.campaign,
    'offer', item.offer, 'arm', item.arm, 'channel', item.channel, 'dueAt', item.dueAt, 'until', item['until'],
    'occurredAt', ms(now), 'topics', item.topics, 'isAnnounced', item.isAnnounced, 'reason', reason or ''
  )
end

-- Whether the log is so far behind that nothing more is to be told. What comes with an alert and what is withdrawn is told all
-- the same: there is one such change for an item, and it takes less than the item does.
local function is_full(most)
  return redis.call('XLEN', work .. 'out') >= tonumber(most)
end

-- To the pool: the team first where it has a time of its own, then the desk.
local function to_pool(item, now)
  item.owner, item.agent, item['until'] = '', '', ''
  if item.team ~= '' and number_of(item.teamFor) > 0 then
    item.stage, item.stageUntil = 'team', ms(now + number_of(item.teamFor))
  else
    item.stage, item.stageUntil = 'desk', ''
  end
end

-- To one person first, then to the pool.
local function to_owner(item, owner, now)
  item.owner, item.agent, item['until'] = owner, '', ''
  item.stage, item.stageUntil = 'owner', ms(now + math.max(number_of(item.ownFor), 60000))
end

-- A new item from `{field, value, ...}` of ARGV from `first` to `last`.
local function new_item(first, last, now)
  local item = {
    id = '', kind = 'contact', customer = '', contact = '', followUp = '', play = '', tier = '', desk = '', team = '',
    manager = '', campaign = '', offer = '', arm = '', channel = '', category = '', title = '', priority = '2', dueAt = '',
    endsAt = '', ownFor = '0', teamFor = '0', topics = '', note = '', alert = '', isAnnounced = '', owner = '', agent = '',
    ['until'] = '', avoid = '', outcome = '', endedAt = '', escalatedAt = '', stage = 'desk', stageUntil = '',
    state = 'open', version = '0', reopened = '0', reopenedFor = '',
  }
  for i = first, last - 1, 2 do
    if item[ARGV[i]] == nil then
      return nil, 'no field of an item: ' .. ARGV[i]
    end
    item[ARGV[i]] = ARGV[i + 1]
  end
  if item.id == '' or item.customer == '' or not tonumber(item.dueAt) then
    return nil, 'an item needs id, customer and dueAt'
  end
  item.openedAt, item.since, item.rank = ms(now), ms(now), item.priority
  item.allowed = ms(math.max(number_of(item.dueAt) - now, 60000))
  if item.endsAt == '' then
    item.endsAt = ms(math.max(number_of(item.dueAt), now) + LIFE_MS)
  end
  local first = item.owner ~= '' and item.owner or item.manager
  if first ~= '' and number_of(item.ownFor) > 0 then
    to_owner(item, first, now)
  else
    to_pool(item, now)
  end
  return item
end
