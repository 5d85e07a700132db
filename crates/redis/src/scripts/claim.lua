-- Takes a slot's lease if nobody holds a live one. To its live holder it is granted again,
-- unchanged: the answer to the first asking may have been lost.
-- KEYS: lease, due, leases
-- ARGV: slot, owner, deadline, lease's life in ms, standby's life in ms, 1 to stand by
-- Answers: 'held' and the holder's deadline; or 'granted', token, until, events, changes, 1 if
-- nobody has checkpointed, and the marks.
local key, due, index = unpack(KEYS)
local slot, owner, deadline = ARGV[1], ARGV[2], ARGV[3]
local lease = read_lease(key)

if lease_is_live(lease) then
  if lease.owner ~= owner then
    local taken = standby_is_live(lease, tonumber(ARGV[5])) and lease.standby ~= owner
    if ARGV[6] == '1' and not taken then
      redis.call('HSET', key,
        'standby', owner, 'standbyDeadline', deadline, 'standbyAt', whole(now_ms))
    end
    return { 'held', lease.deadline }
  end
else
  give(key, index, slot, lease, owner, deadline, tonumber(ARGV[4]))
end
return {
  'granted', lease.token, lease['until'], lease.events or '0-0', lease.changes or '0-0',
  lease.events and 0 or 1, redis.call('HGETALL', due),
}
