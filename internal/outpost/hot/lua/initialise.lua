-- initialise: ARGV epoch, life of a guard (ms), usable, subtract, shortage, units given,
-- takes so far; then for each take that is not in the books: order, record. Only a newer
-- epoch is written, so a late call cannot undo a later one. Returns 1 written, 0 not newer.
local epoch = positive(ARGV[1], 'an epoch')
positive(ARGV[2], 'a life')
for i, name in ipairs({ 'usable', 'subtract', 'shortage', 'the units given', 'the takes' }) do count(ARGV[i + 2], name) end
for i = 8, #ARGV, 2 do count(parse(ARGV[i + 1]).n, 'a take') end
local has = redis.call('GET', EPOCH)
if has and count(has, 'the epoch here') >= epoch then return { 0 } end
redis.call('DEL', RECORD, VERSION)
for i = 8, #ARGV, 2 do
  redis.call('HSET', RECORD, ARGV[i], ARGV[i + 1])
  redis.call('SET', KEYS[i + 2], ARGV[1] .. ':' .. parse(ARGV[i + 1]).n, 'PX', ARGV[2])
end
redis.call('MSET', USABLE, ARGV[3], SUBTRACT, ARGV[4], SHORTAGE, ARGV[5], APPLIED, ARGV[6], TAKES, ARGV[7], RUN, server(), EPOCH, ARGV[1])
return { 1 }
