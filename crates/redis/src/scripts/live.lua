-- The index of leases: slot -> '<until ms> <change log cursor>'.
-- Answers whether any lease is live, and up to where all live ones have done the change log.
local function live_leases(index)
  local entries = redis.call('HGETALL', index)
  local live, done = false, nil
  for i = 2, #entries, 2 do
    local until_ms, changes = string.match(entries[i], '^(%d+) (%d+%-%d+)$')
    if until_ms and now_ms < tonumber(until_ms) then
      live = true
      if not done or is_after(done, changes) then
        done = changes
      end
    end
  end
  return live, done
end
