//go:build race

package stock

// historyShare: with the race detector, which makes them several times as slow,
// a tenth of the histories is played.
const historyShare = 10
