-- add: ARGV epoch, units that the item was given in this epoch, in all. Returns 1.
local has = fence(ARGV[1])
local given = count(ARGV[2], 'the units given')
if given > has[4] then
  redis.call('MSET', USABLE, text(has[1] + given - has[4]), APPLIED, text(given))
end
return { 1 }
