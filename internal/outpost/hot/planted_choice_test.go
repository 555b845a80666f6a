package hot_test

// plant gives the roads of this process the bug of that name. Without the overlay of
// internal/sim/planted there are no such bugs, and it reports false.
func plant(string) bool { return false }
