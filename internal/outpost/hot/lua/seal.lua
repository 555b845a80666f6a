-- seal: ARGV epoch. Nothing is taken any more: a newer epoch without figures.
-- Returns 1 written, 0 not newer.
local epoch = positive(ARGV[1], 'an epoch')
local has = redis.call('GET', EPOCH)
if has and count(has, 'the epoch here') >= epoch then return { 0 } end
redis.call('DEL', RUN, USABLE, SUBTRACT, SHORTAGE, RECORD, APPLIED, TAKES, VERSION)
redis.call('SET', EPOCH, ARGV[1])
return { 1 }
