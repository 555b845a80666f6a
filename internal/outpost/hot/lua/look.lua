-- look: ARGV epoch. Returns usable, subtract, shortage, units given, takes so far; then
-- each order and its record.
local has = fence(ARGV[1])
local all = {}
for i = 1, 5 do all[i] = text(has[i]) end
for _, v in ipairs(redis.call('HGETALL', RECORD)) do all[#all + 1] = v end
return all
