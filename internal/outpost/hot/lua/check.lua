-- check: ARGV epoch. Returns 1 when the balance can be used.
fence(ARGV[1])
return { 1 }
