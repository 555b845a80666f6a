package search_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// typesenseStandIn stands in for a server of Typesense. Its collection is behind an alias.
type typesenseStandIn struct {
	*standIn
	aliases map[string]string
}

func newTypesense(t *testing.T) engine {
	s := &typesenseStandIn{standIn: newStandIn(), aliases: map[string]string{theIndex: "products_1"}}
	s.indexes["products_1"] = s.indexes[theIndex]
	delete(s.indexes, theIndex)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /collections/{name}", s.collection)
	mux.HandleFunc("GET /collections", s.list)
	mux.HandleFunc("POST /collections", s.makeCollection)
	mux.HandleFunc("DELETE /collections/{name}", s.deleteCollection)
	mux.HandleFunc("POST /collections/{name}/documents/import", s.importLines)
	mux.HandleFunc("GET /aliases/{name}", s.alias)
	mux.HandleFunc("PUT /aliases/{name}", s.setAlias)
	s.serve(t, mux, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-TYPESENSE-API-KEY") != theKey {
			typesenseError(w, 401, "Forbidden - a valid `x-typesense-api-key` header must be sent.")
			return false
		}
		return true
	})
	return s
}

func (s *typesenseStandIn) target() string {
	return "typesense+" + s.server.URL + "/" + theIndex
}

func (s *typesenseStandIn) idField() string { return "id" }

func typesenseError(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message})
}

// real is the collection that a name stands for.
func (s *typesenseStandIn) real(name string) string {
	if behind := s.aliases[name]; behind != "" {
		return behind
	}
	return name
}

func (s *typesenseStandIn) importLines(w http.ResponseWriter, r *http.Request) {
	name, action := s.real(r.PathValue("name")), r.URL.Query().Get("action")
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return
	case s.indexes[name] == nil:
		typesenseError(w, 404, "Not found.")
		return
	case len(body) > s.mostBody:
		typesenseError(w, 413, "Payload too large.")
		return
	case action != "update" && action != "emplace":
		typesenseError(w, 400, "Parameter `action` must be a create|update|upsert|emplace.")
		return
	}
	var out bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(body))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var d fields
		line := map[string]any{"success": true}
		fail := func(code int, message string) {
			line = map[string]any{"success": false, "code": code, "error": message, "document": lines.Text()}
		}
		id := ""
		if err := json.Unmarshal(lines.Bytes(), &d); err == nil {
			id, _ = d["id"].(string)
		}
		switch {
		case id == "":
			fail(400, "Bad JSON.")
		case s.refuses(d):
			fail(400, "Field `available_total` must be an int32.")
		case !s.merge(name, id, d, action == "emplace"):
			fail(404, "Could not find a document with id: "+id)
		}
		_ = json.NewEncoder(&out).Encode(line)
	}
	s.accepted(w, 200, rawText(out.String()))
}

func (s *typesenseStandIn) list(w http.ResponseWriter, _ *http.Request) {
	all := []map[string]any{}
	for name := range s.indexes {
		all = append(all, map[string]any{"name": name})
	}
	answer(w, 200, all)
}

func (s *typesenseStandIn) collection(w http.ResponseWriter, r *http.Request) {
	name := s.real(r.PathValue("name"))
	if s.indexes[name] == nil {
		typesenseError(w, 404, "Not found.")
		return
	}
	answer(w, 200, map[string]any{"name": name, "num_documents": len(s.indexes[name]), "created_at": 1, "fields": []fields{{"name": ".*", "type": "auto"}}})
}

func (s *typesenseStandIn) makeCollection(w http.ResponseWriter, r *http.Request) {
	var schema struct {
		Name   string
		Fields []fields
	}
	switch err := json.NewDecoder(r.Body).Decode(&schema); {
	case err != nil || schema.Name == "" || len(schema.Fields) == 0:
		typesenseError(w, 400, "Parameter `fields` is required.")
	case s.indexes[schema.Name] != nil:
		typesenseError(w, 409, "A collection with name `"+schema.Name+"` already exists.")
	default:
		s.indexes[schema.Name] = map[string]fields{}
		s.accepted(w, 201, schema)
	}
}

func (s *typesenseStandIn) deleteCollection(w http.ResponseWriter, r *http.Request) {
	if s.indexes[r.PathValue("name")] == nil {
		typesenseError(w, 404, "Not found.")
		return
	}
	delete(s.indexes, r.PathValue("name"))
	s.accepted(w, 200, map[string]string{"name": r.PathValue("name")})
}

func (s *typesenseStandIn) alias(w http.ResponseWriter, r *http.Request) {
	behind := s.aliases[r.PathValue("name")]
	if behind == "" {
		typesenseError(w, 404, "Not Found")
		return
	}
	answer(w, 200, map[string]string{"name": r.PathValue("name"), "collection_name": behind})
}

func (s *typesenseStandIn) setAlias(w http.ResponseWriter, r *http.Request) {
	var q struct {
		CollectionName string `json:"collection_name"`
	}
	if json.NewDecoder(r.Body).Decode(&q) != nil || q.CollectionName == "" {
		typesenseError(w, 400, "Parameter `collection_name` is required.")
		return
	}
	s.aliases[r.PathValue("name")] = q.CollectionName
	s.accepted(w, 200, q)
}
