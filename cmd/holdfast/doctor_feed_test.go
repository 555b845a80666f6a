package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/relay/brokertest"
)

// The doctor says of each sink and source how it is, and what is behind it.
func TestDoctorAsksWhatIsBehindSinksAndSources(t *testing.T) {
	t.Parallel()
	streams, lossy := dbtest.StartRedis(t).Servers[0], dbtest.StartRedis(t, "--appendonly", "no", "--maxmemory-policy", "allkeys-lru").Servers[0]
	bus := brokertest.StartNATS(t)
	h := newAtHand(t, "--relay=off", "--webhook-allow", "127.0.0.0/8")
	h.login()
	for _, line := range []string{
		"good redis redis://" + streams.Addr(), "lossy redis redis://" + lossy.Addr(), "bus nats nats://" + bus.Addr(), "away nats nats://127.0.0.1:9",
		"hook webhook " + h.url + "/hook", "gone webhook http://127.0.0.1:9/hook", "held file a",
	} {
		h.all([]prints{{"sinks set " + line, ""}})
	}
	h.all([]prints{{"sinks pause held", "held file paused"}})
	folder := filepath.Dir(strings.TrimPrefix(h.environ[0], "XDG_CONFIG_HOME="))
	h.all([]prints{
		{"sources set in nats nats://" + bus.Addr() + " stock.commands", ""},
		{"sources set lost nats nats://127.0.0.1:9 stock.commands", ""},
		{"sources set late nats nats://" + bus.Addr() + " late.commands", ""},
		{"sources pause late", "late nats paused"},
	})
	look := func(check string, environ ...string) (all []finding, code int) {
		var out, errOut bytes.Buffer
		args := []string{"doctor", "--json", "--only", check, "--db", "sqlite:" + filepath.Join(folder, "h.db"), "--webhook-allow", "127.0.0.0/8"}
		code = report(&errOut, execute(t.Context(), args, environ, &out, &errOut))
		if err := json.Unmarshal(out.Bytes(), &all); err != nil {
			t.Fatalf("%v: %s%s", err, out.String(), errOut.String())
		}
		return all, code
	}
	all, code := look("sinks", secretKeyEnv+"=aG9sZGZhc3QtdGVzdC1rZXktb2YtMzItYnl0ZXMtISE=")
	if code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	says := func(name string, v verdict, what string) {
		t.Helper()
		for _, f := range all {
			if f.Verdict == v && strings.HasPrefix(f.Found, name+" of tenant default: ") && strings.Contains(f.Found, what) {
				return
			}
		}
		t.Errorf("%s: no %s with %q in %+v", name, v, what, all)
	}
	says("good", good, "Redis ")
	says("good", warning, "no relay delivers it")
	says("lossy", warning, "appendonly is no")
	says("lossy", warning, "maxmemory-policy is allkeys-lru")
	says("bus", good, "NATS 2")
	says("bus", warning, "fewer than 3 replicas")
	says("away", wrong, "does not answer")
	says("hook", good, "can be reached")
	says("gone", wrong, "127.0.0.1:9 cannot be reached")
	says("held", good, "it is paused")
	for _, f := range all {
		if strings.HasPrefix(f.Found, "good ") && strings.Contains(f.Found, "appendonly") {
			t.Errorf("%+v", f)
		}
	}
	if all, _ = look("sinks"); len(all) == 0 {
		t.Fatal("nothing is found without the key")
	}
	says("hook", unknown, "its secret cannot be read")
	if all, code = look("sources"); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	says("in", good, "NATS 2")
	says("in", warning, "no relay consumes it")
	says("lost", wrong, "does not answer")
	says("late", good, "it is paused")
}
