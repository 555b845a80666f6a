package server

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/transfer"
)

// Each code has its section on the page about problems, and each section a code.
func TestThePageAboutProblemsHasEveryCode(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(holdfast.Documents, "docs/guide/problems.md")
	if err != nil {
		t.Fatal(err)
	}
	var sections, codes []string
	for _, s := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(page), -1) {
		sections = append(sections, s[1])
	}
	for _, c := range table {
		codes = append(codes, c.name)
	}
	slices.Sort(sections)
	slices.Sort(codes)
	if !slices.Equal(sections, codes) {
		t.Errorf("the page has\n%q\nthe codes are\n%q", sections, codes)
	}
}

// A step of a transfer that is begun will be completed: whatever the books said, the
// caller must not hear that nothing has happened.
func TestAStepThatIsBegunIsNotDeniedToTheCaller(t *testing.T) {
	t.Parallel()
	for _, why := range []error{ledger.ErrStopping, ledger.ErrBusy, ledger.ErrSealed, ledger.ErrFrozen, context.DeadlineExceeded} {
		p := problemOf(fmt.Errorf("%w: %w", transfer.ErrUnfinished, why))
		if p.code != codeUnavailable || strings.Contains(p.detail, "nothing has happened") {
			t.Errorf("%v: %s %q", why, p.code.name, p.detail)
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
		if p := problemOf(err); p.code != codeUnavailable || p.detail != want {
			t.Errorf("%v: %s %q, want %q", err, p.code.name, p.detail, want)
		}
	}
}
