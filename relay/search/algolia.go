package search

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"

	"holdfast.dev/holdfast/relay"
)

// algoliaIndex is the way to an index of Algolia. What it has accepted is durable and is
// applied in order: nothing waits for a task.
type algoliaIndex struct{ caller }

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
	return &algoliaIndex{to}
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
	_, err := a.task(ctx, http.MethodPost, index, "/batch", append(b, `]}`...))
	return relay.All(len(documents), err)
}

// task sends a request about an index and returns the task that it became.
func (a *algoliaIndex) task(ctx context.Context, method, index, path string, body []byte) (int64, error) {
	var made struct{ TaskID *int64 }
	if err := a.call(ctx, method, "/1/indexes/"+url.PathEscape(index)+path, body, &made); err != nil {
		return 0, err
	}
	if made.TaskID == nil {
		return 0, relay.Down(errors.New("the answer of the index names no task"))
	}
	return *made.TaskID, nil
}
