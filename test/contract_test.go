package test

import (
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Programs that are made from openapi.yaml alone check out with a real server: one in TypeScript,
// one in Python. Neither may meet a type or an answer that the document does not have.
func TestGeneratedClientsCheckOut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, language := range []string{"typescript", "python"} {
		t.Run(language, func(t *testing.T) {
			out := runContract(t, s, "", language)
			if !strings.HasSuffix(out, "checked out\n") {
				t.Errorf("the checkout ended early:\n%s", out)
			}
		})
	}
}

// Requests that schemathesis makes up from openapi.yaml, right ones and wrong ones, get no 5xx and
// no answer that the document does not have. There is one of each kind for each operation; with
// SOAK there are more than 20,000 in all.
func TestNoRequestBreaksTheDocument(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := newCaller(adminKey)
	// The ids that are made up first.
	var position string
	for _, write := range []struct {
		path string
		body object
	}{
		{"/v1/inventory", object{"product_id": "0", "location_id": "0", "available_stock": 1_000_000}},
		{"/v1/inventory/reserve", object{"order_id": "0", "product_id": "0", "location_id": "0", "quantity": 3}},
	} {
		r, err := c.once(t.Context(), http.MethodPost, s.url(write.path), "", write.body)
		if err != nil || r.status != http.StatusOK {
			t.Fatalf("%s: %+v, %v", write.path, r, err)
		}
		position = r.position
	}
	phases, examples := "fuzzing", 1
	if os.Getenv("SOAK") != "" {
		phases, examples = "coverage,fuzzing", rounds(4)
	}
	out := runContract(t, s, position, "fuzz", "PHASES="+phases, "EXAMPLES="+strconv.Itoa(examples))
	t.Log(out[strings.LastIndex(out, " SUMMARY ")+1:])
}

// runContract runs scripts/contract against the server.
func runContract(t *testing.T, s *server, position, part string, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "../scripts/contract", part)
	cmd.Env = append(os.Environ(), "HOLDFAST_URL="+s.url(""), "HOLDFAST_KEY="+adminKey, "HOLDFAST_AFTER="+position)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("scripts/contract %s: %v\n%s", part, err, out)
	}
	return string(out)
}
