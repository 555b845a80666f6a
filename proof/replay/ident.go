package replay

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of the public API, in bytes. An invoice becomes part of an order id
// ("run:invoice:seq"), so it must leave room for a run and a seq.
const (
	maxID       = 128
	maxLocation = 64
	maxRun      = 64
	maxInvoice  = maxID - maxRun - len(":")*2 - 19
)

// checkID returns why id cannot be sent as one of the API's ids. Blanks at either end are legal
// and kept.
func checkID(what, id string, limit int) error {
	switch {
	case id == "":
		return fmt.Errorf("%s is empty", what)
	case len(id) > limit:
		return fmt.Errorf("%s %q is longer than %d bytes", what, id, limit)
	case !utf8.ValidString(id):
		return fmt.Errorf("%s %q is not UTF-8", what, id)
	case strings.ContainsFunc(id, unicode.IsControl):
		return fmt.Errorf("%s %q holds a control character", what, id)
	case strings.TrimSpace(id) == "":
		return fmt.Errorf("%s %q is only blanks", what, id)
	case strings.Contains(id, "/"):
		return fmt.Errorf("%s %q holds a slash, which ids must not", what, id)
	case id == "." || id == "..":
		return fmt.Errorf("%s %q is not allowed as a whole id", what, id)
	}
	return nil
}

// checkRun returns why run cannot name a run: it becomes part of idempotency keys, which accept
// visible ASCII only, and of order ids.
func checkRun(run string) error {
	if run == "" || len(run) > maxRun {
		return badSettings("run %q must have 1 to %d characters", run, maxRun)
	}
	for _, c := range []byte(run) {
		if c <= ' ' || c > '~' || c == '/' {
			return badSettings("run %q must be visible ASCII without blanks and slashes", run)
		}
	}
	return nil
}
