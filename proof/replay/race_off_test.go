//go:build !race

package replay

// modeLines is how many lines of the history each mode replays.
const modeLines = 6_000
