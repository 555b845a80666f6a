-- add: ARGV epoch, units that the item was given in this epoch, in all; units that orders in
-- the books wait for, and the version of the item in the books that they are of. A figure of
-- an earlier version changes nothing. Returns how many units here are kept for those orders.
local has = fence(ARGV[1])
local given = count(ARGV[2], 'the units given')
local waits, version = count(ARGV[3], 'the units that orders wait for'), count(ARGV[4], 'a version')
local known = count(redis.call('GET', VERSION) or '0', 'the version here')
local usable, shortage = has[1], has[3]
if given > has[4] then
  usable = usable + given - has[4]
  redis.call('MSET', USABLE, text(usable), APPLIED, text(given))
end
if waits + shortage > 0 and version >= known then
  shortage = waits
  redis.call('MSET', SHORTAGE, text(shortage), VERSION, text(version))
end
return { math.min(usable, shortage) }
