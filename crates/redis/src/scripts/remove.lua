-- Removes a connection of this generation or an older one: gives its users' places back, leaves a
-- tombstone, and appends the change.
-- KEYS: conn, subs, changes, events, leases, then one user key for each user in ARGV
-- ARGV: id, connectedAt, maxChanges, tombstone's life in ms, users...
-- Answers: 'removed'; 'gone' when it was removed before; 'member' when a newer generation lives;
-- or 'user' and the user of the stored document, who must be among the users: ask again.
local conn, subs, changes, events, leases = unpack(KEYS, 1, 5)
local id, connected_at = ARGV[1], tonumber(ARGV[2])

local stands, member = standing(conn, connected_at, 0)
if stands == 'gone' then
  return { member and 'member' or 'gone', '' }
end

local principal = redis.call('HGET', conn, 'principal')
local named = not principal or principal == ''
for i = 5, #ARGV do
  named = named or ARGV[i] == principal
end
if not named then
  return { 'user', principal }
end

for i = 6, #KEYS do
  redis.call('ZREM', KEYS[i], id)
end
redis.call('DEL', conn)
redis.call('HSET', conn, 'removed', ARGV[2])
redis.call('PEXPIRE', conn, ARGV[4])
redis.call('HDEL', subs, id)
append_change(changes, last_place(events), leases, tonumber(ARGV[3]),
  'removed', id, 'connectedAt', ARGV[2])
return { 'removed', '' }
