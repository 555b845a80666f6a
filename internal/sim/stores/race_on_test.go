//go:build race

package stores_test

// raced says that the race detector is on: a run costs ten times as much.
const raced = true
