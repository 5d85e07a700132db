-- The event log. What it holds is counted in fields of ws:{ws}:counts: 'log:bytes', and
-- 'log:trimmed', the place of the last entry that was trimmed.
local ENTRY_OVERHEAD_BYTES = 128

local function append_entry(stream, counts, id, field, value)
  local place = redis.call('XADD', stream, id, field, value)
  redis.call('HINCRBY', counts, 'log:bytes', #value + ENTRY_OVERHEAD_BYTES)
  return place
end

-- Trims by age, count and bytes, at most `step` entries and never the newest.
local function trim_log(stream, counts, max_age, max_entries, max_bytes, step)
  local length = redis.call('XLEN', stream)
  local bytes = tonumber(redis.call('HGET', counts, 'log:bytes') or '0')
  local oldest_ms = now_ms - max_age
  local function leaves(entry)
    return length > max_entries or bytes > max_bytes or parts(entry[1]) < oldest_ms
  end
  local entries = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)
  if not entries[1] or not leaves(entries[1]) then
    return
  end
  entries = redis.call('XRANGE', stream, '-', '+', 'COUNT', step + 1)
  local trimmed, keep_from = nil, nil
  for i = 1, #entries - 1 do
    if not leaves(entries[i]) then
      break
    end
    trimmed, keep_from = entries[i][1], entries[i + 1][1]
    length = length - 1
    bytes = math.max(bytes - #entries[i][2][2] - ENTRY_OVERHEAD_BYTES, 0)
  end
  if trimmed then
    redis.call('XTRIM', stream, 'MINID', keep_from)
    redis.call('HSET', counts, 'log:bytes', whole(bytes), 'log:trimmed', trimmed)
  end
end
