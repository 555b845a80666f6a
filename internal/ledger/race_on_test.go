//go:build race

package ledger_test

// raceShare: with the race detector, which makes them ten times as slow, a tenth
// of the random histories in memory is played.
const raceShare = 10
