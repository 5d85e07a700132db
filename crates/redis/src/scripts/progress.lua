-- What a holder writes down: the cursor, marks, counts. From ARGV[5] on: events, changes, counts,
-- number of marks, each mark's connection and '<sent> <due>', then the connections to forget.
local CHUNK = 1000

local function write_progress(key, due, counts, slot, lease, mark)
  lease.events, lease.changes = ARGV[5], ARGV[6]
  redis.call('HSET', key, 'events', ARGV[5], 'changes', ARGV[6])
  -- A rebuild renews its lease before the epoch has begun.
  if mark and mark ~= '' and mark == lease.granted then
    redis.call('HSET', key, 'epoch', mark)
  end
  redis.call('HSET', counts, 'slot:' .. slot, ARGV[7])
  local marks_end = 8 + 2 * tonumber(ARGV[8])
  for first = 9, marks_end, CHUNK do
    redis.call('HSET', due, unpack(ARGV, first, math.min(first + CHUNK - 1, marks_end)))
  end
  for first = marks_end + 1, #ARGV, CHUNK do
    redis.call('HDEL', due, unpack(ARGV, first, math.min(first + CHUNK - 1, #ARGV)))
  end
  redis.call('PEXPIRE', due, SLOT_LIFE_MS)
end
