-- written: ARGV epoch; then for each order: id, n. The take n of the order is in the books,
-- so it is in flight no longer. Returns for each: 1 done, 0 there is no such take.
local has = fence(ARGV[1])
local asked = {}
for i = 2, #ARGV, 2 do
  count(ARGV[i + 1], 'a take')
  local r = read(ARGV[i])
  asked[#asked + 1] = { order = ARGV[i], record = r and r.epoch == ARGV[1] and r.n == ARGV[i + 1] and r }
end

local subtract, gone, answers, done = has[2], {}, {}, {}
for i, a in ipairs(asked) do
  answers[i] = 0
  if a.record and not done[a.order] then
    answers[i], done[a.order] = 1, true
    subtract = subtract - a.record.reserved - a.record.sold
    gone[#gone + 1] = a.order
  end
end
if #gone > 0 then
  redis.call('SET', SUBTRACT, text(subtract))
  for _, order in ipairs(gone) do redis.call('HDEL', RECORD, order) end
end
return answers
