// Package nearest finds the known name that somebody who mistyped one most
// likely meant. Commands, flags, settings and members of JSON use it; how the
// hint is worded is left to them.
package nearest

import "strings"

// longest is the length in bytes of a word that is still compared: a name from
// outside may be of any length.
const longest = 64

// To returns the known name that is nearest to word, "" when none is near: at
// most a third of its letters, and at least one, may be wrong, missing, too
// many or swapped with the next. Case, dashes, underscores and dots do not
// count. Of two that are equally near it is the first.
func To(word string, known []string) string {
	if len(word) > longest {
		return ""
	}
	w := letters(word)
	best, least := "", max(1, len(w)/3)+1
	for _, k := range known {
		if n := distance(w, letters(k), least); n < least {
			best, least = k, n
		}
	}
	return best
}

// Hint is what to say after the complaint about word: the nearest known name as
// a question, with a blank before it, or nothing.
func Hint(word string, known []string) string {
	if near := To(word, known); near != "" {
		return ` (did you mean "` + near + `"?)`
	}
	return ""
}

var plain = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

func letters(s string) []rune { return []rune(plain.Replace(strings.ToLower(s))) }

// distance is the number of edits between a and b, swaps of neighbours
// included; limit or more where it is at least limit.
func distance(a, b []rune, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	// Three rows of the table of the optimal string alignment.
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
