package internal

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var lower = flag.Bool("lower", false, "lower the numbers of testdata/larger.txt to what is reached")

// larger lists what is beyond a limit today: whose number, of what, and the
// number. It may fall and not rise.
const larger = "testdata/larger.txt"

// limit bounds a number that each type, function or package has.
type limit struct {
	of    string // what is counted, as in larger
	most  int    // for those that larger does not list
	keep  bool   // larger also lists those within most
	slack int    // by so much a number may be below its line
	ask   string // what to think about, beyond the limit
}

// hold fails for each number above its limit, and for each line of larger that
// allows more than is needed.
func (l limit) hold(t *testing.T, numbers map[string]int) {
	t.Helper()
	listed := l.listed(t)
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		most, known := listed[name]
		if !known {
			most = l.most
		}
		if n := numbers[name]; n > most {
			t.Errorf("%s: %d %s, at most %d may be: %s", name, n, l.of, most, l.ask)
		}
	}
	fallen := map[string]int{} // to what, 0: off the list
	for name, most := range listed {
		switch n := numbers[name]; {
		case n <= l.most && !l.keep, n == 0:
			fallen[name] = 0
		case n < most-l.slack:
			fallen[name] = n
		}
	}
	if *lower {
		l.write(t, fallen)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fallen)) {
		t.Errorf("%s: %d %s, %s allows %d: go test ./internal -lower", name, numbers[name], l.of, larger, listed[name])
	}
}

// listed are the lines of larger with this kind of number.
func (l limit) listed(t *testing.T) map[string]int {
	t.Helper()
	listed := map[string]int{}
	for _, line := range readLarger(t) {
		name, number, ok := l.parse(line)
		if ok {
			listed[name] = number
		}
	}
	return listed
}

func (l limit) parse(line string) (name string, number int, ok bool) {
	name, of, ok := strings.Cut(line, ": ")
	count, found := strings.CutSuffix(of, " "+l.of)
	number, err := strconv.Atoi(count)
	return name, number, ok && found && err == nil
}

var writing sync.Mutex

// write puts the numbers into larger.
func (l limit) write(t *testing.T, fallen map[string]int) {
	t.Helper()
	if len(fallen) == 0 {
		return
	}
	writing.Lock()
	defer writing.Unlock()
	var out bytes.Buffer
	for _, line := range readLarger(t) {
		if name, _, ok := l.parse(line); ok {
			number, falls := fallen[name]
			switch {
			case falls && number == 0:
				continue
			case falls:
				line = fmt.Sprintf("%s: %d %s", name, number, l.of)
			}
		}
		fmt.Fprintln(&out, line)
	}
	if err := os.WriteFile(larger, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readLarger(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(larger)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
