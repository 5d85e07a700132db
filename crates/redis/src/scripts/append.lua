-- Ingest: appends the events that are new, in order, and trims the log in a bounded step.
-- KEYS: events, counts, leases, then the key by which each event is remembered
-- ARGV: max age in ms, max entries, max bytes, then each event's window in ms and its JSON
-- Answers: 1 if a worker is live, then each event's place, or '' for a repeat.
local events, counts, leases = KEYS[1], KEYS[2], KEYS[3]

-- Looked up at most once a second: events are refused above 80 % of the memory, so that control
-- writes still pass.
local function has_room()
  local known = redis.call('HGET', counts, 'log:room')
  local looked_at, room = string.match(known or '', '^(%d+) ([01])$')
  if looked_at and math.abs(now_ms - tonumber(looked_at)) < 1000 then
    return room == '1'
  end
  local memory = redis.pcall('INFO', 'memory')
  if type(memory) ~= 'string' then
    return true
  end
  local used = tonumber(string.match(memory, 'used_memory:(%d+)') or '0')
  local most = tonumber(string.match(memory, 'maxmemory:(%d+)') or '0')
  local fits = most == 0 or used <= most * 0.8
  redis.call('HSET', counts, 'log:room', whole(now_ms) .. (fits and ' 1' or ' 0'))
  return fits
end

if #KEYS > 3 and not has_room() then
  return redis.error_reply('FULL more than 80 % of the memory is used')
end

local answer = { live_leases(leases) and 1 or 0 }
for i = 4, #KEYS do
  local window, json = ARGV[2 * i - 4], ARGV[2 * i - 3]
  if redis.call('SET', KEYS[i], '1', 'NX', 'PX', window) then
    answer[#answer + 1] = append_entry(events, counts, '*', 'event', json)
  else
    answer[#answer + 1] = ''
  end
end
trim_log(events, counts, tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), 2 * #KEYS + 64)
return answer
