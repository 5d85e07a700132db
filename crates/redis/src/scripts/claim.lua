-- Takes a slot's lease if nobody holds a live one. To its live holder it is granted again,
-- unchanged: the answer to the first asking may have been lost.
-- KEYS: lease, due, leases, epoch
-- ARGV: slot, owner, deadline, lease's life in ms, standby's life in ms, 1 to stand by
-- Answers: 'held' and the holder's deadline; or 'granted', token, until, events, changes, 1 if
-- nobody has checkpointed in this epoch, the marks, and 1 if the replication id is known.
local key, due, index, epoch = unpack(KEYS)
local slot, owner, deadline = ARGV[1], ARGV[2], ARGV[3]
local lease = read_lease(key)
local id = replication_id()

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
  give(key, index, slot, lease, owner, deadline, tonumber(ARGV[4]), id)
end
return {
  'granted', lease.token, lease['until'], lease.events or '0-0', lease.changes or '0-0',
  is_behind(lease, id, redis.call('GET', epoch)) and 1 or 0, redis.call('HGETALL', due),
  id ~= '' and 1 or 0,
}
