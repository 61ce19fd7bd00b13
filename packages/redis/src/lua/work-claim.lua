-- Gives the first of these items that the agent may have to him alone, for a while. One he holds is answered as it is.
-- O(ids looked at + log n), of n items there are.
-- KEYS: 1 prefix
-- ARGV: 1 now in ms or '', 2 most untold changes, 3 agent, 4 1 for a supervisor, who may take what is kept for another,
--       5 lease in ms, 6 version (exact) or '', 7... item ids
-- Answers: {OK, item} | {ALREADY, item} | of the last one looked at: {HELD, item} | {RESERVED, item} | {ENDED, item} |
--          {CHANGED, item} | {ABSENT}; {FULL} where it would be given
work = KEYS[1]
local now = now_ms(ARGV[1])
local agent, is_supervisor = ARGV[3], ARGV[4] == '1'

local function refusal(item)
  if not LIVE[item.state] then
    return 'ENDED'
  end
  if item.state == 'claimed' then
    return 'HELD'
  end
  if is_supervisor then
    return nil
  end
  if item.avoid == agent and item.owner ~= agent then
    return 'RESERVED'
  end
  local is_kept = item.state == 'snoozed' or item.stage == 'owner'
  if is_kept and item.owner ~= agent then
    return 'RESERVED'
  end
  return nil
end

local answer = { 'ABSENT' }
local is_choice = #ARGV > 7
for i = 7, #ARGV do
  -- Of many that were free a moment ago most may be taken: those are not read whole.
  local is_gone = is_choice and redis.call('HGET', work .. 'i:' .. ARGV[i], 'state') ~= 'open'
  local item = not is_gone and read_item(ARGV[i]) or nil
  -- A lease that is over counts as over, though the clock has not come by yet.
  local is_over = item and item.state == 'claimed' and number_of(item['until']) <= now
  if is_over and is_full(ARGV[2]) then
    return { 'FULL' }
  end
  if is_over then
    local before = copy_of(item)
    local holder = item.agent
    item.state = 'open'
    to_pool(item, now)
    tell(item, before, 'LEASE_EXPIRED', holder, now)
  end
  if item and item.state == 'claimed' and item.agent == agent then
    return { 'ALREADY', flat_of(item) }
  end
  if item then
    local refused = refusal(item)
    if not refused and ARGV[6] ~= '' and item.version ~= ARGV[6] then
      refused = 'CHANGED'
    end
    if not refused and is_full(ARGV[2]) then
      return { 'FULL' }
    end
    if not refused then
      local old = copy_of(item)
      item.state, item.agent, item.owner = 'claimed', agent, agent
      item['until'] = ms(now + tonumber(ARGV[5]))
      tell(item, old, 'CLAIMED', agent, now)
      return { 'OK', flat_of(item) }
    end
    answer = { refused, flat_of(item) }
  end
end
return answer
