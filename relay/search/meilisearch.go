package search

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/relay"
)

const (
	// Tasks are checked after firstLook, then at growing intervals, up to lastLook.
	firstLook = 25 * time.Millisecond
	lastLook  = time.Second
	// taskWait is how long a task may take before the sink counts as failing.
	taskWait = time.Minute
)

// meili is the connection to an index of Meilisearch, which accepts documents as a task.
type meili struct {
	caller
	key string // the field that names a document

	mu      sync.Mutex
	pending int64 // a task whose outcome is unknown; 0: there is none
	found   map[string]bool
}

func newMeili(to caller, key, field string) *meili {
	to.header.Set("Authorization", "Bearer "+key)
	return &meili{caller: to, key: field, found: map[string]bool{}}
}

// write adds to documents, and waits until that is done.
func (m *meili) write(ctx context.Context, index string, documents []document, create bool) []error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.settle(ctx)
	if err == nil && !create {
		err = m.find(ctx, index)
	}
	if err == nil {
		query := url.Values{"primaryKey": {m.key}}
		if !create {
			query.Set("skipCreation", "true")
		}
		err = m.task(ctx, http.MethodPut, indexes+url.PathEscape(index)+"/documents?"+query.Encode(), array(documents))
	}
	return relay.All(len(documents), err)
}

const indexes = "/indexes/"

// find requires that the index exists: otherwise documents would make one.
func (m *meili) find(ctx context.Context, index string) error {
	if m.found[index] {
		return nil
	}
	if err := m.call(ctx, http.MethodGet, indexes+url.PathEscape(index), nil, nil); err != nil {
		return err
	}
	m.found[index] = true
	return nil
}

// run is task for a request that must run alone.
func (m *meili) run(ctx context.Context, method, path string, body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.settle(ctx); err != nil {
		return err
	}
	return m.task(ctx, method, path, body)
}

// task sends a request that makes a task, and waits for it.
func (m *meili) task(ctx context.Context, method, path string, body []byte) error {
	var made struct {
		TaskUID *int64 `json:"taskUid"`
	}
	err := m.call(ctx, method, path, body, &made)
	var refused *refusedError
	switch {
	case errors.As(err, &refused) && refused.status != http.StatusRequestEntityTooLarge:
		// An answer before it reads documents applies to all of them.
		return refused.outage("", 0)
	case err != nil:
		return err
	case made.TaskUID == nil:
		return relay.Down(errors.New("the answer of the index names no task"))
	}
	m.pending = *made.TaskUID + 1
	return m.wait(ctx)
}

// settle waits for an earlier unfinished task. Its result does not matter: its documents are sent
// again.
func (m *meili) settle(ctx context.Context) error {
	if m.pending == 0 {
		return nil
	}
	if err := m.wait(ctx); m.pending != 0 {
		return err
	}
	return nil
}

// wait waits for the end of the pending task.
func (m *meili) wait(ctx context.Context) error {
	var task struct {
		Status string
		Error  struct{ Message, Code string }
	}
	uid := m.pending - 1
	look := time.NewTimer(0)
	defer look.Stop()
	late := time.NewTimer(taskWait)
	defer late.Stop()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		select {
		case <-look.C:
		case <-late.C:
			return relay.Down(fmt.Errorf("task %d of the index is still %s", uid, task.Status))
		case <-ctx.Done():
			return relay.Down(ctx.Err())
		}
		if err := m.call(ctx, http.MethodGet, "/tasks/"+strconv.FormatInt(uid, 10), nil, &task); err != nil {
			return err
		}
		switch task.Status {
		case "succeeded":
			m.pending = 0
			return nil
		case "failed":
			m.pending = 0
			if strings.HasPrefix(task.Error.Code, "invalid_document") || strings.Contains(task.Error.Code, "fields_limit") {
				return &refusedError{status: http.StatusBadRequest, message: task.Error.Message}
			}
			return relay.Down(fmt.Errorf("task %d of the index failed: %s", uid, task.Error.Message))
		case "canceled":
			m.pending = 0
			return relay.Down(fmt.Errorf("task %d of the index was canceled", uid))
		}
		look.Reset(pause)
	}
}

// array writes documents as one list.
func array(documents []document) []byte {
	b := []byte{'['}
	for i := range documents {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, documents[i].body...)
	}
	return append(b, ']')
}
