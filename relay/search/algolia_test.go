package search_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// algoliaStandIn stands in for Algolia: it has two hosts, of which the first answers each
// other call with 503, and applies a task when it is looked at or another call comes.
type algoliaStandIn struct {
	*standIn
	first *httptest.Server
	odd   bool
	tasks []func()
	done  int // how many tasks were applied
}

func newAlgolia(t *testing.T) engine {
	a := &algoliaStandIn{standIn: newStandIn()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /1/indexes", a.list)
	mux.HandleFunc("POST /1/indexes/{index}/batch", a.batch)
	mux.HandleFunc("GET /1/indexes/{index}/task/{id}", a.task)
	mux.HandleFunc("POST /1/indexes/{index}/operation", a.operation)
	mux.HandleFunc("DELETE /1/indexes/{index}", func(w http.ResponseWriter, r *http.Request) {
		a.accept(w, nil, func() { delete(a.indexes, r.PathValue("index")) })
	})
	a.serve(t, mux, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Algolia-Application-Id") != "APP" || r.Header.Get("X-Algolia-API-Key") != theKey {
			algoliaError(w, 403, "Invalid Application-ID or API key")
			return false
		}
		return true
	})
	a.first = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.odd = !a.odd
		ill := a.odd
		a.mu.Unlock()
		if ill {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		a.server.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(a.first.Close)
	return a
}

func (a *algoliaStandIn) target() string {
	return "algolia://APP/" + theIndex + "?" + url.Values{"host": {a.first.URL, a.server.URL}}.Encode()
}

func (a *algoliaStandIn) idField() string { return "objectID" }

func algoliaError(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]any{"message": message, "status": status})
}

// settle applies what was accepted: some time has passed.
func (a *algoliaStandIn) settle() {
	for ; a.done < len(a.tasks); a.done++ {
		a.tasks[a.done]()
	}
}

func (a *algoliaStandIn) list(w http.ResponseWriter, _ *http.Request) {
	a.settle()
	items := []map[string]string{}
	for name := range a.indexes {
		items = append(items, map[string]string{"name": name})
	}
	answer(w, 200, map[string]any{"items": items, "nbPages": 1})
}

func (a *algoliaStandIn) batch(w http.ResponseWriter, r *http.Request) {
	var batch struct {
		Requests []struct {
			Action string
			Body   fields
		}
	}
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return
	case len(body) > a.mostBody:
		algoliaError(w, 413, "Request body is too large")
		return
	case json.Unmarshal(body, &batch) != nil:
		algoliaError(w, 400, "Invalid JSON")
		return
	}
	ids := []string{}
	for i, q := range batch.Requests {
		id, _ := q.Body["objectID"].(string)
		switch {
		case id == "":
			algoliaError(w, 400, "objectID is missing")
			return
		case q.Action != "partialUpdateObject" && q.Action != "partialUpdateObjectNoCreate":
			algoliaError(w, 400, "unknown action "+q.Action)
			return
		case a.refuses(q.Body):
			algoliaError(w, 400, "Record at the position "+strconv.Itoa(i)+" objectID="+id+" is too big size=10241/10000 bytes")
			return
		}
		ids = append(ids, id)
	}
	index := r.PathValue("index")
	a.accept(w, ids, func() {
		if a.indexes[index] == nil {
			a.indexes[index] = map[string]fields{}
		}
		for i, q := range batch.Requests {
			a.merge(index, ids[i], q.Body, !strings.HasSuffix(q.Action, "NoCreate"))
		}
	})
}

// accept makes a task. The one before it is applied at the latest now.
func (a *algoliaStandIn) accept(w http.ResponseWriter, ids []string, apply func()) {
	a.settle()
	a.tasks = append(a.tasks, apply)
	a.accepted(w, 200, map[string]any{"taskID": len(a.tasks), "objectIDs": ids, "updatedAt": time.Now()})
}

func (a *algoliaStandIn) task(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	switch {
	case err != nil || id > len(a.tasks):
		algoliaError(w, 404, "taskID does not exist")
	case id > a.done:
		answer(w, 200, map[string]string{"status": "notPublished"})
		a.settle()
	default:
		answer(w, 200, map[string]string{"status": "published"})
	}
}

func (a *algoliaStandIn) operation(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Operation, Destination string
		Scope                  []string
	}
	from := r.PathValue("index")
	if json.NewDecoder(r.Body).Decode(&q) != nil || q.Destination == "" {
		algoliaError(w, 400, "Invalid operation")
		return
	}
	a.accept(w, nil, func() {
		switch {
		case q.Operation == "move":
			a.indexes[q.Destination], a.settings[q.Destination] = a.indexes[from], a.settings[from]
			delete(a.indexes, from)
			delete(a.settings, from)
		case len(q.Scope) > 0: // no documents
			a.indexes[q.Destination], a.settings[q.Destination] = map[string]fields{}, a.settings[from]
		}
	})
}
