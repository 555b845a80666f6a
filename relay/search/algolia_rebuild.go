package search

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"holdfast.dev/holdfast/relay"
)

// begin deletes what was left behind and copies the settings of the live index, if there is one. If not,
// the first document makes the index.
func (a *algoliaIndex) begin(ctx context.Context, index, beside string) error {
	var all struct {
		Items []struct{ Name string }
	}
	if err := a.call(ctx, http.MethodGet, "/1/indexes", nil, &all); err != nil {
		return err
	}
	var names []string
	for _, one := range all.Items {
		names = append(names, one.Name)
	}
	old, there := leftovers(names, index, beside)
	for _, name := range old {
		if err := a.task(ctx, http.MethodDelete, name, "", nil); err != nil {
			return err
		}
	}
	if !there {
		return nil
	}
	copied := object(map[string]any{"operation": "copy", "destination": beside, "scope": []string{"settings", "rules", "synonyms"}})
	if err := a.task(ctx, http.MethodPost, index, "/operation", copied); err != nil {
		return err
	}
	return a.applied(ctx, index)
}

// swap moves the new index over the live one.
func (a *algoliaIndex) swap(ctx context.Context, index, beside string) error {
	if err := a.applied(ctx, beside); err != nil {
		return err
	}
	if err := a.task(ctx, http.MethodPost, beside, "/operation", object(map[string]any{"operation": "move", "destination": index})); err != nil {
		return err
	}
	return a.applied(ctx, beside)
}

// applied waits until the last accepted task of an index is applied.
func (a *algoliaIndex) applied(ctx context.Context, index string) error {
	a.mu.Lock()
	task, there := a.last[index]
	a.mu.Unlock()
	if !there {
		return nil
	}
	look := time.NewTimer(0)
	defer look.Stop()
	late := time.NewTimer(taskWait)
	defer late.Stop()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		select {
		case <-look.C:
		case <-late.C:
			return relay.Down(fmt.Errorf("task %d of the index is not applied yet", task))
		case <-ctx.Done():
			return relay.Down(ctx.Err())
		}
		var is struct{ Status string }
		if err := a.call(ctx, http.MethodGet, indexPath(index)+"/task/"+strconv.FormatInt(task, 10), nil, &is); err != nil {
			return err
		}
		if is.Status == "published" {
			return nil
		}
		look.Reset(pause)
	}
}
