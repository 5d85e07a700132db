-- Begins an epoch: its mark, and a gap marker goes above every place that
-- anybody has read, and above now + 1 s.
-- KEYS: epoch, events, counts. ARGV: the floor's ms. Answers the marker's place.
local epoch, events, counts = unpack(KEYS)
local last_ms = parts(last_place(events))
local ms = math.max(now_ms + 1001, tonumber(ARGV[1]) + 1, last_ms + 1)
local place = append_entry(events, counts, whole(ms) .. '-0', 'gap', '')
redis.call('SET', epoch, replication_id())
return place
