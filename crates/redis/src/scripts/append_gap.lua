-- Marks that events may be missing before this point.
-- KEYS: events, counts. ARGV: max age in ms, max entries, max bytes. Answers the mark's place.
local place = append_entry(KEYS[1], KEYS[2], '*', 'gap', '')
trim_log(KEYS[1], KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), 64)
return place
