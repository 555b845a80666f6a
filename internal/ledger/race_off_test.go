//go:build !race

package ledger_test

const raceShare = 1
