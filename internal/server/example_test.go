package server_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The server takes the example of each call of the reference: it may refuse what the books do not allow, but never the
// form of the request.
func TestTheExamplesOfTheReferenceHaveTheRightForm(t *testing.T) {
	t.Parallel()
	h := start(t)
	page := html.UnescapeString(string(h.call(t, "", http.MethodGet, "/docs/api", "").raw))
	examples := regexp.MustCompile(`(?s)<pre class="in-curl"><code>curl.*? -X ([A-Z]+) "\$HOLDFAST_URL([^"]*)"(.*?)</code></pre>`).FindAllStringSubmatch(page, -1)
	if len(examples) < 150 {
		t.Fatalf("%d examples", len(examples))
	}
	sent := regexp.MustCompile(`(?s) -d '(.*)'$`)
	key := regexp.MustCompile(`'Idempotency-Key: ([^']*)'`)
	for _, e := range examples {
		verb, path := e[1], e[2]
		ctx, cancel := context.WithCancel(t.Context())
		body := ""
		if b := sent.FindStringSubmatch(e[3]); b != nil {
			body = b[1]
		}
		req, err := http.NewRequestWithContext(ctx, verb, h.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+h.keys["admin"])
		switch {
		case strings.Contains(e[3], "text/csv"):
			req.Header.Set("Content-Type", "text/csv")
		case body != "":
			req.Header.Set("Content-Type", "application/json")
		}
		if k := key.FindStringSubmatch(e[3]); k != nil {
			req.Header.Set("Idempotency-Key", k[1])
		}
		res, err := h.client.Do(req)
		if err != nil {
			t.Fatalf("%s %s: %v", verb, path, err)
		}
		switch res.StatusCode {
		case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInternalServerError:
			raw, _ := io.ReadAll(res.Body)
			if strings.Contains(string(raw), "shown by no screen now") {
				break // such a code is there for ten minutes
			}
			t.Errorf("%s %s %s: %d %s", verb, path, body, res.StatusCode, raw)
		}
		cancel() // a stream ends
		_ = res.Body.Close()
	}
}
