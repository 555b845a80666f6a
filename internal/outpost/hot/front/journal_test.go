package front_test

import (
	"context"
	"slices"
	"strings"
	"sync"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/observed"
)

// journal is a ledger that remembers the reasons of what roads did.
type journal struct {
	*observed.Ledger
	mu  sync.Mutex
	all []string
}

// Submit carries out the requests, and notes those with a reason that changed something.
func (j *journal) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	results := j.Ledger.Submit(ctx, requests...)
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, res := range results {
		if e := res.Event; e != nil && !res.Replayed && e.Note.Reason != "" && e.Note.Reference == "redis" && len(e.Items) > 0 && e.Items[0].Changed {
			j.all = append(j.all, e.Op.String()+": "+e.Note.Reason)
		}
	}
	return results
}

// count is how many lines have the text.
func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(j.all), func(line string) bool { return !strings.Contains(line, text) }))
}

// lines are all lines.
func (j *journal) lines() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.all, "\n")
}
