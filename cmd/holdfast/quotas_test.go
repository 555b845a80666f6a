package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestQuotaSettingsAreRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ arg, want string }{
		{"online=30", `{"channel_id":"online","quota":30}`},
		{"online=30,weight=3,level=5", `{"channel_id":"online","level":5,"quota":30,"weight":3}`},
		{"online=weight=3", `{"channel_id":"online","weight":3}`},
		{"online=1.25,level=0.5", `{"channel_id":"online","level":"0.5","quota":"1.25"}`},
		{"online", `"online" is not like online=30,weight=3`},
		{"=30", `"=30" is not like online=30,weight=3`},
		{"online=", `"online=" is not like online=30,weight=3`},
		{"online=30,30", `"online=30,30" says its quota twice`},
		{"online=30,size=3", `"online=30,size=3": there is no setting "size": a number, weight=N or level=N is`},
		{"online=many", `"online=many": "many" is no number`},
		{"online=1e3", `"online=1e3": "1e3" is no number`},
	} {
		channel, err := quotaSetting(test.arg)
		got := ""
		if err != nil {
			got = err.Error()
		} else if b, err := json.Marshal(channel); err != nil {
			t.Fatal(err)
		} else {
			got = string(b)
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.arg, got, test.want)
		}
	}
}

// A server that does not answer at first is asked again under the same key.
func TestQuotasAreSetOnceHoweverOftenTheServerIsAsked(t *testing.T) {
	t.Parallel()
	var keys, bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPut || r.URL.EscapedPath() != "/v1/quotas/caf%C3%A9%20cup" || r.Header.Get("Authorization") != "Bearer k" {
			t.Errorf("%s %s, %v", r.Method, r.URL.EscapedPath(), err)
		}
		keys, bodies = append(keys, r.Header.Get("Idempotency-Key")), append(bodies, string(body))
		if len(keys) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, `{"product_id":"café cup","location_id":"berlin","shared":7,"channels":[{"channel_id":"web","quota":3,"status":"in_stock"}]}`)
	}))
	t.Cleanup(server.Close)
	var out, errOut bytes.Buffer
	err := execute(t.Context(), []string{
		"quotas", "set", "café cup", "web=3", "--location", "berlin", "--lowering", "wait", "--reason", "noon", "--url", server.URL, "--key", "k",
	}, nil, &out, &errOut)
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] || bodies[0] != bodies[1] {
		t.Errorf("keys %q, bodies %q", keys, bodies)
	}
	if want := `{"channels":[{"channel_id":"web","quota":3}],"location_id":"berlin","lowering":"wait","reason":"noon"}`; bodies[0] != want {
		t.Errorf("sent %s", bodies[0])
	}
	if got := out.String(); !strings.HasPrefix(got, "café cup at berlin: 7 for all channels") || !strings.Contains(got, "\nweb") {
		t.Errorf("printed %s", got)
	}
}
