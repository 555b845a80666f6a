package view

import (
	"context"
	"errors"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// epochs are the histories of slots that were restored, by slot.
type epochs map[uint16]catalog.History

func (e epochs) History(slot uint16) catalog.History { return e[slot] }
func (e epochs) FreshHistory(_ context.Context, slot uint16) (catalog.History, error) {
	return e[slot], nil
}

// Page tokens continue where the backup has what they name, and are refused where a restore
// has lost it: by one slot and by several.
func TestPageTokensOfALostHistoryAreRefused(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3} {
		all := newSlots(t, n, inMemory)
		defer all.close()
		for _, location := range []string{"a", "b", "c"} {
			k := item(location, "tea")
			all.of(location).do(open(k, 1))
			all.of(location).do(restock(k, 1))
			all.of(location).do(restock(k, 1))
		}
		catchUp(t, all.journal())
		last := uint16(n - 1)
		h := WithHistories(feed.NewHistories(epochs{last: {{ID: 7, From: 1}}}))
		ask := func(token string, opts ...Option) (*EntryPage, error) {
			return all.journal(opts...).Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea", PageSize: 1, PageToken: token})
		}
		first := func(opts ...Option) string {
			t.Helper()
			page, err := ask("", opts...)
			if err != nil {
				t.Fatal(err)
			}
			return page.NextPageToken
		}
		if _, err := ask(first(), h); !errors.Is(err, feed.ErrAhead) {
			t.Errorf("%d slots: a token of before the restore: %v, want %v", n, err, feed.ErrAhead)
		}
		if _, err := ask(first(h)); !errors.Is(err, feed.ErrAhead) {
			t.Errorf("%d slots: a token of an epoch that these books do not have: %v, want %v", n, err, feed.ErrAhead)
		}
		var ids []string
		for token := ""; ; {
			page, err := ask(token, h)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, page.Entries[0].ID)
			if token = page.NextPageToken; token == "" {
				break
			}
		}
		marked := 0
		for _, id := range ids {
			if strings.HasPrefix(id, feed.Cursor{Slot: last, Seq: 9, Epoch: 7}.String()[:4]) {
				marked++
			}
		}
		if want := map[int]int{1: 8, 3: 2}[n]; len(ids) != 9 || marked != want {
			t.Errorf("%d slots: the journal is %v, %d of them of the epoch; want %d", n, ids, marked, want)
		}
		var walked []string
		s, err := all.journal(h).Walk(t.Context(), WalkQuery{Tenant: tenant}, func(e *Entry) error {
			walked = append(walked, e.ID)
			return nil
		})
		if err != nil || len(walked) != 9 || s.At[last].Epoch != 7 {
			t.Errorf("%d slots: a walk to %v finds %v, %v", n, s.At, walked, err)
		}
		levels, err := NewLevels(all.engines(), func() stock.Time { return 1 }, h).Scan(t.Context(), LevelQuery{Tenant: tenant}, func(*stock.Item) error { return nil })
		if err != nil || levels.At[last].Epoch != 7 {
			t.Errorf("%d slots: a scan is at %v, %v", n, levels.At, err)
		}
	}
}

// The restore of the books was never reported.
func TestATokenBeyondTheEndOfTheLogIsRefused(t *testing.T) {
	t.Parallel()
	of := func(records int) *Journal {
		all := newSlots(t, 1, inMemory)
		t.Cleanup(all.close)
		all[0].do(open(item("a", "tea"), 1))
		for range records - 1 {
			all[0].do(restock(item("a", "tea"), 1))
		}
		j := all.journal()
		catchUp(t, j)
		return j
	}
	q := EntryQuery{Tenant: tenant, Product: "tea", PageSize: 1}
	page, err := of(5).Entries(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	q.PageToken = page.NextPageToken
	if _, err := of(3).Entries(t.Context(), q); !errors.Is(err, feed.ErrAhead) {
		t.Errorf("%v, want %v", err, feed.ErrAhead)
	}
}

func TestTokensWithEpochsThatAreNone(t *testing.T) {
	t.Parallel()
	f := newFilter("entries")
	for name, body := range map[string][]byte{
		"no slots":                      {0, 0, 0},
		"nothing left of the only slot": {0, 0, 1, 0},
		"more than the slots":           {0, 0, 3, 1, 1, 1, 7, 0, 0},
		"an epoch that is missing":      {0, 0, 1, 1, 1, 1},
		"an epoch that is too big":      {0, 0, 1, 1, 1, 1, 255, 255, 255, 255, 255, 1},
		"something behind it":           {0, 0, 1, 1, 1, 1, 7, 7},
	} {
		if err := openEntryToken(f, f.seal(body), make([]entryPosition, 2)); !errors.Is(err, ErrPageToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	want := []entryPosition{{seq: 4, event: 1, item: 2, epoch: 7}, {}}
	got := make([]entryPosition, 2)
	if err := openEntryToken(f, sealEntryToken(f, want), got); err != nil || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%v is read as %v, %v", want, got, err)
	}
}
