package replay

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// overREST serves shop as API.md writes it for REST.
func overREST(t *testing.T, shop *fakeShop) *REST {
	t.Helper()
	mux := http.NewServeMux()
	for path, body := range map[string]func() any{
		"POST /v1/inventory":         func() any { return &Create{} },
		"POST /v1/inventory/restock": func() any { return &Restock{} },
		"POST /v1/inventory/adjust":  func() any { return &Correct{} },
		"POST /v1/inventory/reserve": func() any { return &Reserve{} },
		"POST /v1/inventory/deduct":  func() any { return &Deduct{} },
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			into := body()
			if !strict(w, r, into) {
				return
			}
			results, err := shop.Execute(r.Context(), []Command{{Key: r.Header.Get("Idempotency-Key"), Body: value(into)}})
			if err != nil {
				panic(http.ErrAbortHandler) // the connection breaks
			}
			writeResult(w, results[0])
		})
	}
	mux.HandleFunc("POST /v1/commands:batch", func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Commands []batchCommand `json:"commands"`
		}
		if !strict(w, r, &request) {
			return
		}
		var commands []Command
		for _, c := range request.Commands {
			commands = append(commands, Command{Key: c.Key, Body: c.body()})
		}
		results, err := shop.Execute(r.Context(), commands)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		reply(w, 200, map[string]any{"results": results})
	})
	mux.HandleFunc("GET /v1/inventory", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page_size") != "500" {
			reply(w, 400, Refusal{Code: "INVALID_ARGUMENT", Status: 400})
			return
		}
		page, err := shop.List(r.Context(), r.URL.Query().Get("location_id"), r.URL.Query().Get("page_token"))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if page.Stale {
			w.Header().Set("Holdfast-Stale", "1")
		}
		reply(w, 200, page)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	target, err := NewREST(server.URL+"/", testKey, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	return target
}

func (c batchCommand) body() any {
	switch {
	case c.Create != nil:
		return *c.Create
	case c.Restock != nil:
		return *c.Restock
	case c.Adjust != nil:
		return *c.Adjust
	case c.Reserve != nil:
		return *c.Reserve
	}
	return *c.Deduct
}

func value(pointer any) any {
	switch p := pointer.(type) {
	case *Create:
		return *p
	case *Restock:
		return *p
	case *Correct:
		return *p
	case *Reserve:
		return *p
	}
	return *pointer.(*Deduct)
}

func strict(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(into); {
	case r.Header.Get("Authorization") != "Bearer "+testKey:
		reply(w, 401, Refusal{Code: codeNoKey, Status: 401, Detail: "no such key"})
	case err != nil || r.Header.Get("Content-Type") != "application/json":
		reply(w, 400, Refusal{Code: "INVALID_ARGUMENT", Status: 400, Detail: fmt.Sprint(err)})
	default:
		return true
	}
	return false
}

func writeResult(w http.ResponseWriter, r Result) {
	if r.Replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	switch {
	case r.Refusal != nil:
		reply(w, r.Refusal.Status, r.Refusal)
	case r.Inventory != nil:
		reply(w, 200, r.Inventory)
	default:
		reply(w, 200, map[string]any{"reservations": r.Reservations, "shortages": []any{}})
	}
}

func reply(w http.ResponseWriter, code int, body any) {
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(err)
	}
}
