package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplayRefusesWhatItCannotRun(t *testing.T) {
	t.Parallel()
	orders := filepath.Join(t.TempDir(), "orders.csv")
	const history = "seq,kind,invoice,sku,qty,ts,customer\n1,sale,A1,10001,2,2010-12-01 08:26:00,\n"
	if err := os.WriteFile(orders, []byte(history), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.csv")
	if err := os.WriteFile(broken, []byte(history+"2,sale,A1,10001,two,2010-12-01 08:26:00,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := []string{"replay", orders, "--url", "http://127.0.0.1:1", "--key", "k", "--opening", "scarce", "--mode", "line", "--state", "none", "--retry", "1ms"}
	good := full[:len(full):len(full)] // append copies
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no file":                           {[]string{"replay"}, exitUsage, "arg"},
		"no server":                         {[]string{"replay", orders, "--opening", "scarce", "--mode", "line"}, exitUsage, "url"},
		"no mode":                           {[]string{"replay", orders, "--url", "http://x", "--key", "k"}, exitUsage, "mode"},
		"no opening":                        {[]string{"replay", orders, "--url", "http://x", "--key", "k", "--mode", "line"}, exitUsage, "opening policy"},
		"an unknown mode":                   {append(good, "--mode", "pairs"), exitUsage, "unknown mode"},
		"an unknown transport":              {append(good, "--transport", "pigeon"), exitUsage, "unknown transport"},
		"a url without a scheme":            {append(good, "--url", "localhost:8080"), exitUsage, "is not like http://"},
		"a speed of another form":           {append(good, "--speed", "fast"), exitUsage, "neither max nor like 1000x"},
		"a month without a flash sale":      {append(good, "--month", "2010-12"), exitUsage, "--mode flash"},
		"a network without warehouses":      {append(good, "--network", "geo"), exitUsage, "--mode warehouses"},
		"warehouses without a network":      {append(good, "--mode", "warehouses"), exitFailed, "places.csv"},
		"orders under scarcity in parallel": {append(good, "--mode", "order", "--workers", "2"), exitUsage, "order of arrival"},
		"a file that is not there":          {append([]string{"replay", "gone.csv"}, good[2:]...), exitFailed, "gone.csv"},
		"a malformed file":                  {append([]string{"replay", broken}, good[2:]...), exitFailed, `broken.csv: line 3: qty "two"`},
		"a server that is not there":        {good, exitFailed, "gave up after"},
		"a gRPC server that is not there":   {append(good, "--transport", "grpc", "--grpc", "127.0.0.1:1"), exitFailed, "gave up after"},
		"a stream to nobody":                {append(good, "--transport", "stream", "--grpc", "127.0.0.1:1"), exitFailed, "gave up after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errOut bytes.Buffer
			code := report(&errOut, execute(t.Context(), c.args, noVariables, &out, &errOut))
			if code != c.code || !strings.Contains(errOut.String(), c.want) || out.Len() > 0 {
				t.Errorf("exit code %d, want %d with %q; printed:\n%s%s", code, c.code, c.want, errOut.String(), out.String())
			}
		})
	}
}
