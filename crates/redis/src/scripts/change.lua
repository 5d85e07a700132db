-- Appends to the change log. It keeps `max` entries, and what a live lease has not checkpointed
-- whatever their number: a few of the oldest that are done leave with each append.
local TRIM_STEP = 8

local function append_change(stream, at, index, max, ...)
  redis.call('XADD', stream, '*', 'at', at, ...)
  local excess = redis.call('XLEN', stream) - math.max(max, 1)
  if excess <= 0 then
    return
  end
  local live, done = live_leases(index)
  if not live then
    redis.call('XTRIM', stream, 'MAXLEN', '~', math.max(max, 1))
    return
  end
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', math.min(excess, TRIM_STEP) + 1)
  local keep_from = nil
  for i = 1, #oldest - 1 do
    if is_after(oldest[i][1], done) then
      break
    end
    keep_from = oldest[i + 1][1]
  end
  if keep_from then
    redis.call('XTRIM', stream, 'MINID', keep_from)
  end
end
