-- reserve: ARGV epoch, life of a guard (ms), moment (unix ms); then for each order: id,
-- quantity, most units that may be short in all (0: none), 1 when it may have the units that
-- other orders wait for.
-- Returns for each order: 1 reserved, 0 refused, 2 reserved before, 3 done before and in
-- the books; n; units reserved; units short.
local has = fence(ARGV[1])
local asked = {}
for i = 4, #ARGV, 4 do
  local a = { order = ARGV[i], want = positive(ARGV[i + 1], 'a quantity'), cap = count(ARGV[i + 2], 'an allowance'), past = ARGV[i + 3] == '1' }
  a.operate, a.record = redis.call('GET', KEYS[10 + 2 * #asked]), read(a.order)
  asked[#asked + 1] = a
end
positive(ARGV[2], 'a life')
count(ARGV[3], 'a moment')

local usable, subtract, shortage, takes = has[1], has[2], has[3], has[5]
local answers, here, lines = {}, {}, {}
for i, a in ipairs(asked) do
  local status, n, reserved, short = 0, 0, 0, 0
  local before = a.record or here[a.order]
  if before then
    status, n, reserved, short = 2, tonumber(before.n), before.reserved, before.short
  elseif a.operate and string.match(a.operate, '^[^:]+') == ARGV[1] then
    status, n = 3, tonumber(string.match(a.operate, ':(%d+)$'))
  else
    local free = a.past and usable or math.max(0, usable - shortage)
    reserved = math.min(a.want, free)
    short = a.want - reserved
    if short == 0 or shortage + short <= a.cap then
      takes = takes + 1
      status, n = 1, takes
      usable, subtract, shortage = usable - reserved, subtract + reserved, shortage + short
      local r = { epoch = ARGV[1], n = text(n), reserved = reserved, short = short, sold = 0, step = 0, moment = ARGV[3] }
      here[a.order] = r
      lines[#lines + 1] = { KEYS[8 + 2 * i], a.order, r }
    else
      reserved, short = 0, 0
    end
  end
  for _, v in ipairs({ status, n, reserved, short }) do answers[#answers + 1] = v end
end
if #lines > 0 then
  redis.call('MSET', USABLE, text(usable), SUBTRACT, text(subtract), SHORTAGE, text(shortage), TAKES, text(takes))
  for _, l in ipairs(lines) do
    redis.call('SET', l[1], ARGV[1] .. ':' .. l[3].n, 'PX', ARGV[2])
    redis.call('HSET', RECORD, l[2], line(l[3]))
  end
end
return answers
