-- One slot's lease, a hash: owner, deadline, token, until, granted; events and changes (the cursor),
-- set by the first checkpoint, and epoch; standby, standbyDeadline, standbyAt. One that has expired
-- still belongs to its holder until somebody else takes it: only a newer token fences.
-- A slot that nobody works on for a day is forgotten.
local SLOT_LIFE_MS = 24 * 60 * 60 * 1000

local function read_lease(key)
  local flat = redis.call('HGETALL', key)
  local lease = {}
  for i = 1, #flat, 2 do
    lease[flat[i]] = flat[i + 1]
  end
  return lease
end

local function lease_is_live(lease)
  return lease.owner and now_ms < tonumber(lease['until'])
end

local function standby_is_live(lease, life)
  return lease.standby and now_ms - tonumber(lease.standbyAt) <= life
end

local function extend(key, index, slot, lease, life)
  lease['until'] = whole(now_ms + life)
  redis.call('HSET', key, 'until', lease['until'])
  redis.call('HSET', index, slot, lease['until'] .. ' ' .. (lease.changes or '0-0'))
  redis.call('PEXPIRE', key, SLOT_LIFE_MS)
end

local function give(key, index, slot, lease, owner, deadline, life, id)
  local micros = clock[1] * 1000000 + clock[2]
  local token = math.max(micros, tonumber(lease.token or '0') + 1)
  if lease.standby == owner then
    redis.call('HDEL', key, 'standby', 'standbyDeadline', 'standbyAt')
  end
  lease.owner, lease.deadline, lease.token = owner, deadline, whole(token)
  lease.granted = id
  redis.call('HSET', key,
    'owner', owner, 'deadline', deadline, 'token', lease.token, 'granted', id)
  extend(key, index, slot, lease, life)
end

-- From its holder: it is free at once.
local function take_away(key, index, slot)
  redis.call('HDEL', key, 'owner', 'deadline', 'until')
  redis.call('HDEL', index, slot)
end
