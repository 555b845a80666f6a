package dburl_test

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/dburl"
)

func TestDSNsNameHosts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"mysql://u:p@h/d": {"h:3306"},
		"mysql://u:p@/d":  {"127.0.0.1:3306"},
		"mysql://u:p,q%40@h1:1,h2,[::1]:3/d?set=1&tls=a": {"h1:1", "h2:3306", "[::1]:3"},
		"postgres://u@h1:1,h2:2/d":                       {"h1:1", "h2:2"},
	} {
		u, err := dburl.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := dburl.Hosts(u, "3306"); !slices.Equal(got, want) {
			t.Errorf("%s: hosts %q, want %q", text, got, want)
		}
		if u.String() != text || u.Path != "/d" {
			t.Errorf("%s is written %s", text, u)
		}
	}
}

func TestDSNsThatNameNoHosts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"mysql://h1:x,h2/d", "mysql://h1:1,h2:x/d", "mysql://h1,,h2/d", "mysql://,h/d", "mysql://h1,h 2/d"} {
		if u, err := dburl.Parse(text); err == nil {
			t.Errorf("%s: read as %v", text, u)
		}
	}
}
