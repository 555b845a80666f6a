package main

import "testing"

// A server collects less while it serves; a till, whose machine is small, does not, also after a file
// was taken in.
func TestHowMuchGarbageMayPileUp(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		is   *garbage
		want int
	}{
		{"a server", &garbage{}, garbagePercent},
		{"a server that takes a file in", &garbage{importing: true}, filePercent},
		{"a server with a crowd of watchers", &garbage{crowd: true}, crowdPercent},
		{"a till", &garbage{small: true}, smallPercent},
		{"a till that takes a file in", &garbage{small: true, importing: true}, filePercent},
	} {
		if got := tc.is.percent(); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}
