-- Writes the progress and renews the lease, if the token is still the lease's and the store still
-- the same; if it is not, nobody holds the lease any more.
-- KEYS: lease, due, leases, epoch, counts
-- ARGV: slot, token, lease's life in ms, standby's life in ms, then the progress
-- Answers: until, and 1 if a standby is ready; or '' and 0 when the lease is lost.
local key, due, index, epoch, counts = unpack(KEYS)
local lease = read_lease(key)
if not lease.owner or lease.token ~= ARGV[2] then
  return { '', 0 }
end
local id, mark = replication_id(), redis.call('GET', epoch)
if is_overtaken(lease, id, mark) then
  take_away(key, index, ARGV[1])
  return { '', 0 }
end
write_progress(key, due, counts, ARGV[1], lease, mark)
extend(key, index, ARGV[1], lease, tonumber(ARGV[3]))
return { lease['until'], standby_is_live(lease, tonumber(ARGV[4])) and 1 or 0 }
