package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestTheDocumentsAreServed(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, c := range []struct {
		name, verb, path string
		status           int
		has              string
	}{
		{"the first page", http.MethodGet, "/docs/", http.StatusOK, "<title>Holdfast"},
		{"without its slash it moves", http.MethodGet, "/docs", http.StatusPermanentRedirect, ""},
		{"a page of the guide", http.MethodGet, "/docs/guide/api", http.StatusOK, "step by step"},
		{"the type of a problem", http.MethodGet, "/docs/problems/INSUFFICIENT_STOCK", http.StatusTemporaryRedirect, ""},
		{"the reference", http.MethodGet, "/docs/api", http.StatusOK, "/v1/commands:batch"},
		{"the first Chinese page", http.MethodGet, "/docs/zh/", http.StatusOK, "库存中心"},
		{"its old address moves", http.MethodGet, "/docs/README.zh-CN", http.StatusPermanentRedirect, ""},
		{"that of the error codes too", http.MethodGet, "/docs/guide/problems", http.StatusPermanentRedirect, `"/docs/errors/"`},
		{"in Chinese as well", http.MethodGet, "/docs/zh/guide/problems", http.StatusPermanentRedirect, `"/docs/zh/errors/"`},
		{"a choice of language", http.MethodGet, "/docs/zh/guide/api?lang=en", http.StatusSeeOther, ""},
		{"the style", http.MethodGet, "/docs/style.css", http.StatusOK, "font"},
		{"a picture", http.MethodGet, "/docs/rooms.svg", http.StatusOK, "<svg"},
		{"a search", http.MethodGet, "/docs/search?q=stock+take", http.StatusOK, "<mark>"},
		{"what is not there", http.MethodGet, "/docs/nope", http.StatusNotFound, ""},
		{"nothing outside the documents", http.MethodGet, "/docs/../go.mod", http.StatusNotFound, ""},
		{"nothing is written there", http.MethodPost, "/docs/", http.StatusMethodNotAllowed, ""},
	} {
		a := h.call(t, "", c.verb, c.path, "")
		if a.status != c.status || !strings.Contains(string(a.raw), c.has) {
			t.Errorf("%s: %d, want %d with %q", c.name, a.status, c.status, c.has)
		}
	}
}

// The type of a problem is a link to the page of its code, in the reader's language.
func TestTheTypeOfAProblemIsALink(t *testing.T) {
	t.Parallel()
	h := start(t)
	refused := h.call(t, "admin", http.MethodGet, "/v1/inventory/product/nope", "")
	var p struct{ Type string }
	if err := json.Unmarshal(refused.raw, &p); err != nil || p.Type != "/docs/problems/NOT_FOUND" {
		t.Fatalf("%s: %v", refused.raw, err)
	}
	for lang, frame := range map[string]string{"": `<html lang="en">`, "zh-CN,zh;q=0.9": `<html lang="zh-CN">`} {
		a := h.call(t, "", http.MethodGet, p.Type, "", "Accept-Language", lang)
		if a.status != http.StatusOK || !strings.Contains(string(a.raw), `<h1 id="not_found">`) || !strings.Contains(string(a.raw), frame) {
			t.Errorf("%s answers a reader of %q with %d", p.Type, lang, a.status)
		}
	}
}
