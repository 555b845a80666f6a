package relaytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/dbtest"
)

// House is a real server whose relay is off, and a client of it.
type House struct {
	*dbtest.Program
	*client.Client
}

const houseKey = "hf_relaytest_0123456789abcdef0123456789abcdef"

// built is the folder of binary, "" before a test has asked for it.
var built string

// productEnv names the product's binary, where it is built already (scripts/test).
const productEnv = "HOLDFAST_PRODUCT"

// binary is the product, built once for the tests of a package.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(productEnv); path != "" {
		return path, nil
	}
	top, err := os.Getwd()
	for ; err == nil; top = filepath.Dir(top) {
		if _, err := os.Stat(filepath.Join(top, "go.mod")); err == nil {
			break
		}
		if top == filepath.Dir(top) {
			return "", errors.New("go.mod is in no folder above this one")
		}
	}
	dir, err := os.MkdirTemp("", "holdfast-relaytest-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "holdfast")
	cmd := exec.CommandContext(context.Background(), "go", "build", "-ldflags", "-s -w", "-o", path, "./cmd/holdfast")
	cmd.Dir, cmd.Env = top, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the product: %w: %s", err, said)
	}
	return path, os.Chmod(dir, 0o755) // the server runs as another user
})

// Main runs the tests of a package that starts houses, and then deletes the product's binary.
func Main(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(built) // the folder of the machine's temporary files is cleared some day
	os.Exit(code)
}

// StartHouse starts a server on empty books.
func StartHouse(t testing.TB) *House {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	at := func(port int) string { return fmt.Sprint("127.0.0.1:", port) }
	p := dbtest.StartProgram(t, dbtest.Run{
		Name: path, Ports: 3,
		Environment: func(folder string, _ int) []string {
			return []string{"HOLDFAST_BOOTSTRAP_KEY=" + houseKey, "HOME=" + folder, "HOLDFAST_SECRET_KEY=aG9sZGZhc3QtdGVzdC1rZXktb2YtMzItYnl0ZXMtISE="}
		},
		Arguments: func(folder string, port int) []string {
			return []string{"serve", "--relay", "off", "--db", "sqlite:" + filepath.Join(folder, "holdfast.db"), "--http", at(port), "--grpc", at(port + 1), "--ops", at(port + 2)}
		},
		Answers: func(addr string) bool {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/v1/inventory", nil)
			if err != nil {
				return false
			}
			r.Header.Set("Authorization", "Bearer "+houseKey)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				return false
			}
			_ = answer.Body.Close() // its status is all that counts
			return answer.StatusCode == http.StatusOK
		},
	})
	c, err := client.New("http://"+p.Addr(), client.WithKey(houseKey))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return &House{p, c}
}
