//go:build race

package world_test

// raced says that the race detector is on: a run costs ten times as much.
const raced = true
