package kit

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/transfer"
)

// Each code has its page, which is listed, and each page a code. They have the status, the gRPC code and the title of
// the table.
func TestEachCodeHasAPage(t *testing.T) {
	t.Parallel()
	list, err := fs.ReadFile(holdfast.Documents, "docs/errors/README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := fs.ReadDir(holdfast.Documents, "docs/errors")
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != len(Table)+1 {
		t.Errorf("%d pages and a list for %d codes", len(pages)-1, len(Table))
	}
	capitals := regexp.MustCompile("([a-z])([A-Z])")
	for _, c := range Table {
		grpc := strings.ToUpper(capitals.ReplaceAllString(c.GRPC.String(), "${1}_${2}"))
		row := fmt.Sprintf("| %d | `%s` | %s |", c.HTTP, grpc, c.Title)
		if !strings.Contains(string(list), fmt.Sprintf("| [%s](%s.md) %s\n", c.Name, c.Name, row)) {
			t.Errorf("the list lacks %s %s", c.Name, row)
		}
		page, err := fs.ReadFile(holdfast.Documents, "docs/errors/"+c.Name+".md")
		if err != nil {
			t.Error(err)
			continue
		}
		if text := string(page); !strings.HasPrefix(text, "# "+c.Name+"\n\n") || !strings.Contains(text, "\n"+row+" ") {
			t.Errorf("the page of %s lacks %s:\n%s", c.Name, row, text)
		}
	}
}

// A step of a transfer that is begun will be completed: whatever the books said, the
// caller must not hear that nothing has happened.
func TestAStepThatIsBegunIsNotDeniedToTheCaller(t *testing.T) {
	t.Parallel()
	for _, why := range []error{ledger.ErrStopping, ledger.ErrBusy, ledger.ErrSealed, ledger.ErrFrozen, context.DeadlineExceeded} {
		p := ProblemOf(fmt.Errorf("%w: %w", transfer.ErrUnfinished, why))
		if p.Code != CodeUnavailable || strings.Contains(p.Detail, "nothing has happened") {
			t.Errorf("%v: %s %q", why, p.Code.Name, p.Detail)
		}
	}
}

// Redis is named when it does not answer, and not when the database does not.
func TestRedisIsNotBlamedForTheDatabase(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		fmt.Errorf("%w: %w", hot.ErrBusy, hot.ErrDown):     "Redis, which sells the item, does not answer; nothing has happened",
		fmt.Errorf("%w: %w", hot.ErrBusy, hot.ErrDatabase): "the database does not answer; nothing has happened",
		hot.ErrBusy: "the item is on its way to Redis or back; nothing has happened",
	} {
		if p := ProblemOf(err); p.Code != CodeUnavailable || p.Detail != want {
			t.Errorf("%v: %s %q, want %q", err, p.Code.Name, p.Detail, want)
		}
	}
}
