package archive

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"holdfast.dev/holdfast/internal/engine"
)

// partSuffix is on the names of files that are not finished.
const partSuffix = ".part"

// name is what the name of a Parquet file says. A file that was rewritten has
// a higher revision; the first has 1, which is not in the name.
type name struct {
	kind        string // kindLog or kindEntries
	first, last engine.Seq
	revision    int
}

const (
	kindLog     = "log"
	kindEntries = "entries"
)

func (n name) String() string {
	s := fmt.Sprintf("%s-%012d-%012d", n.kind, n.first, n.last)
	if n.revision > 1 {
		s += fmt.Sprintf("-r%d", n.revision)
	}
	return s + ".parquet"
}

var namePattern = regexp.MustCompile(`^(log|entries)-([0-9]{12,19})-([0-9]{12,19})(?:-r([0-9]{1,9}))?\.parquet$`)

// parseName reads the name of a file; false when it is none of ours.
func parseName(s string) (name, bool) {
	m := namePattern.FindStringSubmatch(s)
	if m == nil {
		return name{}, false
	}
	first, err1 := strconv.ParseUint(m[2], 10, 63)
	last, err2 := strconv.ParseUint(m[3], 10, 63)
	revision, err3 := strconv.Atoi(cmp.Or(m[4], "1"))
	n := name{kind: m[1], first: engine.Seq(first), last: engine.Seq(last), revision: revision}
	return n, errors.Join(err1, err2, err3) == nil && n.String() == s
}
