package search_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// meiliStandIn stands in for a server of Meilisearch. It speaks the protocol of version 1.31,
// as far as the suite needs it.
type meiliStandIn struct {
	*standIn
	tasks []meiliTask
}

type meiliTask struct {
	looks int // how often it was looked at; it is done at the second
	fail  string
	run   func() string // returns the code of an error, "" for none
	done  bool
}

func newMeili(t *testing.T) engine {
	m := &meiliStandIn{standIn: newStandIn()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /indexes/{uid}", m.getIndex)
	mux.HandleFunc("GET /indexes", m.listIndexes)
	mux.HandleFunc("POST /indexes", m.makeIndex)
	mux.HandleFunc("DELETE /indexes/{uid}", m.deleteIndex)
	mux.HandleFunc("GET /indexes/{uid}/settings", func(w http.ResponseWriter, r *http.Request) { answer(w, 200, m.settings[r.PathValue("uid")]) })
	mux.HandleFunc("PATCH /indexes/{uid}/settings", m.setSettings)
	mux.HandleFunc("PUT /indexes/{uid}/documents", m.putDocuments)
	mux.HandleFunc("GET /tasks/{uid}", m.getTask)
	mux.HandleFunc("POST /swap-indexes", m.swap)
	m.serve(t, mux, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != "Bearer "+theKey {
			answer(w, 403, map[string]string{"message": "The provided API key is invalid.", "code": "invalid_api_key", "type": "auth"})
			return false
		}
		return true
	})
	return m
}

func (m *meiliStandIn) target() string {
	return "meilisearch+" + m.server.URL + "/" + theIndex
}

func (m *meiliStandIn) idField() string { return "id" }

func meiliError(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]string{"message": message, "code": code, "type": "invalid_request"})
}

func (m *meiliStandIn) getIndex(w http.ResponseWriter, r *http.Request) {
	if m.indexes[r.PathValue("uid")] == nil {
		meiliError(w, 404, "index_not_found", "Index `"+r.PathValue("uid")+"` not found.")
		return
	}
	answer(w, 200, map[string]string{"uid": r.PathValue("uid"), "primaryKey": "id"})
}

func (m *meiliStandIn) listIndexes(w http.ResponseWriter, _ *http.Request) {
	results := []map[string]string{}
	for _, uid := range slices.Sorted(maps.Keys(m.indexes)) {
		results = append(results, map[string]string{"uid": uid, "primaryKey": "id"})
	}
	answer(w, 200, map[string]any{"results": results, "offset": 0, "limit": 1000, "total": len(results)})
}

func (m *meiliStandIn) makeIndex(w http.ResponseWriter, r *http.Request) {
	var body struct{ UID, PrimaryKey string }
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.UID == "" {
		meiliError(w, 400, "missing_index_uid", "Missing field `uid`")
		return
	}
	m.enqueue(w, func() string {
		if m.indexes[body.UID] != nil {
			return "index_already_exists"
		}
		m.indexes[body.UID] = map[string]fields{}
		return ""
	})
}

func (m *meiliStandIn) deleteIndex(w http.ResponseWriter, r *http.Request) {
	m.enqueue(w, func() string {
		if m.indexes[r.PathValue("uid")] == nil {
			return "index_not_found"
		}
		delete(m.indexes, r.PathValue("uid"))
		return ""
	})
}

func (m *meiliStandIn) setSettings(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.enqueue(w, func() string {
		m.settings[r.PathValue("uid")] = json.RawMessage(body)
		return ""
	})
}

var meiliID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,511}$`)

func (m *meiliStandIn) putDocuments(w http.ResponseWriter, r *http.Request) {
	var documents []fields
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return
	case len(body) > m.mostBody:
		meiliError(w, 413, "payload_too_large", "The provided payload reached the size limit.")
		return
	case json.Unmarshal(body, &documents) != nil:
		meiliError(w, 400, "malformed_payload", "The `json` payload provided is malformed.")
		return
	}
	for name := range r.URL.Query() {
		if name != "primaryKey" && name != "skipCreation" {
			meiliError(w, 400, "bad_request", "Unknown parameter `"+name+"`")
			return
		}
	}
	uid, create := r.PathValue("uid"), r.URL.Query().Get("skipCreation") != "true"
	m.enqueue(w, func() string {
		for _, d := range documents { // one bad document fails the task
			if id, _ := d["id"].(string); !meiliID.MatchString(id) || m.refuses(d) {
				return "invalid_document_id"
			}
		}
		if m.indexes[uid] == nil {
			m.indexes[uid] = map[string]fields{}
		}
		for _, d := range documents {
			m.merge(uid, d["id"].(string), d, create)
		}
		return ""
	})
}

// enqueue makes a task, as every write does, and has it run when it is looked at.
func (m *meiliStandIn) enqueue(w http.ResponseWriter, run func() string) {
	m.tasks = append(m.tasks, meiliTask{run: run})
	m.accepted(w, 202, map[string]any{"taskUid": len(m.tasks) - 1, "status": "enqueued"})
}

func (m *meiliStandIn) getTask(w http.ResponseWriter, r *http.Request) {
	uid, err := strconv.Atoi(r.PathValue("uid"))
	if err != nil || uid >= len(m.tasks) {
		meiliError(w, 404, "task_not_found", "Task not found.")
		return
	}
	// Tasks run one after the other: those before it too.
	if m.tasks[uid].looks++; m.tasks[uid].looks < 2 {
		answer(w, 200, map[string]any{"uid": uid, "status": "processing"})
		return
	}
	for i := range m.tasks[:uid+1] {
		if t := &m.tasks[i]; !t.done {
			t.done, t.fail = true, t.run()
		}
	}
	if code := m.tasks[uid].fail; code != "" {
		answer(w, 200, map[string]any{"uid": uid, "status": "failed", "error": map[string]string{"code": code, "message": strings.ReplaceAll(code, "_", " ")}})
		return
	}
	answer(w, 200, map[string]any{"uid": uid, "status": "succeeded"})
}

func (m *meiliStandIn) swap(w http.ResponseWriter, r *http.Request) {
	var pairs []struct{ Indexes [2]string }
	if json.NewDecoder(r.Body).Decode(&pairs) != nil || len(pairs) != 1 {
		meiliError(w, 400, "bad_request", "Invalid swap")
		return
	}
	m.enqueue(w, func() string {
		a, b := pairs[0].Indexes[0], pairs[0].Indexes[1]
		if m.indexes[a] == nil || m.indexes[b] == nil {
			return "index_not_found"
		}
		m.indexes[a], m.indexes[b] = m.indexes[b], m.indexes[a]
		m.settings[a], m.settings[b] = m.settings[b], m.settings[a]
		return ""
	})
}
