//go:build race

package stock

// historyShare: with the race detector, which makes histories several times as slow, a
// twentieth of them is played.
const historyShare = 20
