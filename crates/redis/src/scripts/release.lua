-- Writes the progress and gives the lease to a live standby, whatever lies past the cursor; without
-- one gives it up, unless the event log goes on past the cursor.
-- KEYS: lease, due, leases, epoch, counts, events
-- ARGV: slot, token, lease's life in ms, standby's life in ms, then the progress
-- Answers: 'handed', 'free', 'refused' or 'lost'.
local key, due, index, epoch, counts, events = unpack(KEYS)
local slot = ARGV[1]
local lease = read_lease(key)
if not lease.owner or lease.token ~= ARGV[2] then
  return 'lost'
end
local id, mark = replication_id(), redis.call('GET', epoch)
if is_overtaken(lease, id, mark) then
  take_away(key, index, slot)
  return 'lost'
end
if standby_is_live(lease, tonumber(ARGV[4])) then
  write_progress(key, due, counts, slot, lease, mark)
  give(key, index, slot, lease, lease.standby, lease.standbyDeadline, tonumber(ARGV[3]), id)
  return 'handed'
end
if is_after(last_place(events), ARGV[5]) then
  return 'refused'
end
write_progress(key, due, counts, slot, lease, mark)
take_away(key, index, slot)
return 'free'
