-- rollback: ARGV epoch, life of a guard (ms); then for each order: id, n. Gives back what
-- the take n of the order has here. Returns for each: 1 given back, 0 there is no such take.
local has = fence(ARGV[1])
positive(ARGV[2], 'a life')
local asked = {}
for i = 3, #ARGV, 2 do
  count(ARGV[i + 1], 'a take')
  local r = read(ARGV[i])
  asked[#asked + 1] = { order = ARGV[i], record = r and r.epoch == ARGV[1] and r.n == ARGV[i + 1] and r }
end

local usable, subtract, shortage, back, answers, given = has[1], has[2], has[3], {}, {}, {}
for i, a in ipairs(asked) do
  answers[i] = 0
  if a.record and not given[a.order] then
    answers[i], given[a.order] = 1, true
    local units = a.record.reserved + a.record.sold
    usable, subtract, shortage = usable + units, subtract - units, math.max(0, shortage - a.record.short)
    back[#back + 1] = { a.order, KEYS[8 + 2 * i], KEYS[9 + 2 * i], ARGV[2 * i + 2] }
  end
end
if #back > 0 then
  redis.call('MSET', USABLE, text(usable), SUBTRACT, text(subtract), SHORTAGE, text(shortage))
  for _, b in ipairs(back) do
    redis.call('HDEL', RECORD, b[1])
    redis.call('DEL', b[2])
    redis.call('SET', b[3], ARGV[1] .. ':' .. b[4], 'PX', ARGV[2])
  end
end
return answers
