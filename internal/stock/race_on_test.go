//go:build race

package stock

// historyShare: with the race detector, which makes them several times as slow,
// a twentieth of the histories is played.
const historyShare = 20
