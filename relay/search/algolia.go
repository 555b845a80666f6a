package search

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"

	"holdfast.dev/holdfast/relay"
)

// algoliaIndex is the connection to an index of Algolia. What it has accepted is durable and is applied
// in order, so deliveries do not wait for a task.
type algoliaIndex struct {
	caller

	mu   sync.Mutex
	last map[string]int64 // the last accepted task, by index
}

func newAlgolia(to caller, app, key string) *algoliaIndex {
	to.header.Set("X-Algolia-Application-Id", app)
	to.header.Set("X-Algolia-Api-Key", key)
	if len(to.hosts) == 0 {
		others := []string{"-1", "-2", "-3"}
		rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
		to.hosts = []string{"https://" + app + ".algolia.net"}
		for _, n := range others {
			to.hosts = append(to.hosts, "https://"+app+n+".algolianet.com")
		}
	}
	return &algoliaIndex{caller: to, last: map[string]int64{}}
}

// write sends a batch.
func (a *algoliaIndex) write(ctx context.Context, index string, documents []document, create bool) []error {
	action := "partialUpdateObjectNoCreate"
	if create {
		action = "partialUpdateObject"
	}
	b := []byte(`{"requests":[`)
	for i := range documents {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"action":%q,"body":%s}`, action, documents[i].body)
	}
	err := a.task(ctx, http.MethodPost, index, "/batch", append(b, `]}`...))
	return relay.All(len(documents), err)
}

// task sends a request about an index, and records its task.
func (a *algoliaIndex) task(ctx context.Context, method, index, path string, body []byte) error {
	var made struct{ TaskID *int64 }
	if err := a.call(ctx, method, indexPath(index)+path, body, &made); err != nil {
		return err
	}
	if made.TaskID == nil {
		return relay.Down(errors.New("the answer of the index names no task"))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last[index] = *made.TaskID
	return nil
}

func indexPath(index string) string { return "/1/indexes/" + url.PathEscape(index) }
