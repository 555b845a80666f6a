-- check: ARGV epoch. Returns the server that wrote the balance, which can be used.
return { fence(ARGV[1])[7] }
