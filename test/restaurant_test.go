package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dataset is the folder of the restaurant's orders, menu and recipes.
var dataset = filepath.Join("..", "data", "restaurant")

func TestTheRestaurantDayEndsAlikeWithALineCutForHalfOfIt(t *testing.T) {
	t.Parallel()
	const heard = "the centre has not heard of the 16 orders that till-1 sold without it"
	figures := map[bool]string{}
	for _, offline := range []bool{true, false} {
		scratch := t.TempDir()
		o := runWith(t, []string{"TMPDIR=" + scratch}, "demo", "restaurant", "--data", dataset, "--speed", "max", fmt.Sprintf("--offline=%t", offline))
		if o.code != 0 || !strings.HasSuffix(o.stdout, "\n94 orders with 208 dishes, each once\nthe books agree\n") {
			t.Fatalf("offline %t: exit code %d\n%s%s", offline, o.code, o.stdout, o.stderr)
		}
		if strings.Contains(o.stdout, heard) != offline {
			t.Errorf("offline %t: want %t that %s\n%s", offline, offline, heard, o.stdout)
		}
		served := map[bool]string{
			false: "online orders: 14 served by till-1, 13 served by till-2, 4 declined by till-2 and sold there",
			true:  "online orders: 6 served by till-1, 21 served by till-2, 4 declined by till-2 and sold there",
		}[offline]
		if !strings.Contains(o.stdout, served) {
			t.Errorf("offline %t: want %q\n%s", offline, served, o.stdout)
		}
		if n := strings.Count(o.stdout, "all invariants hold"); n != 3 {
			t.Errorf("offline %t: %d books were verified, want those of the centre and two tills\n%s", offline, n, o.stdout)
		}
		_, end, found := strings.Cut(o.stdout, "\nend figures")
		if !found {
			t.Fatalf("offline %t: there are no end figures\n%s", offline, o.stdout)
		}
		figures[offline] = end
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
			t.Errorf("offline %t: the demo left %v behind, %v", offline, left, err)
		}
	}
	if figures[true] != figures[false] {
		t.Errorf("with the cut%s\nwithout%s", figures[true], figures[false])
	}
}

func TestTheRestaurantDayRefusesWhatItCannotReplay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		flag, want string
		code       int
	}{
		{"--day=2014-12-31", `nobody ordered on "2014-12-31"`, 1},
		{"--data=nowhere", "--data", 1},
		{"--speed=0", "write a number above 0, such as 720, or max", 2},
	} {
		o := runWith(t, nil, "demo", "restaurant", "--data", dataset, test.flag)
		if o.code != test.code || !strings.Contains(o.stderr, test.want) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s", test.flag, o.code, test.code, test.want, o.stderr)
		}
	}
}
