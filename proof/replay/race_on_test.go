//go:build race

package replay

// modeLines is how many lines of the history each mode replays under the race
// detector, where a line costs ten times as much.
const modeLines = 1_500
