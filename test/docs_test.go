package test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Every shell block of the documents does what its page says, on the real
// program, with a server of its own per page.
func TestThePagesOfTheDocumentsDoWhatTheySay(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, page := range pagesThatRun(t) {
		examples, skipped, err := examplesOf(readPage(t, page))
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		for _, s := range skipped {
			t.Logf("%s:%d is not run: %s", page, s.line, s.reason)
		}
		if len(examples) == 0 {
			continue
		}
		ran += len(examples)
		var before []example
		if needsTheGuide(page) {
			if before, _, err = examplesOf(readPage(t, guide)); err != nil {
				t.Fatal(err)
			}
		}
		// Without slashes one page alone can be named: -run TestThePages/retries
		t.Run(strings.ReplaceAll(page, "/", ":"), func(t *testing.T) {
			t.Parallel()
			play(t, page, before, examples)
		})
	}
	if ran < 20 {
		t.Errorf("only %d blocks were found: the pages are not read right", ran)
	}
}

// play runs the blocks in one shell, in a folder of their own.
func play(t *testing.T, page string, before, examples []example) {
	t.Helper()
	dir := t.TempDir()
	ports := ports{}
	script := []string{`trap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT`, "set -eo pipefail", `PATH="$PWD/bin:$PATH"`}
	if len(before) > 0 {
		script = append(script, "exec >before.out 2>before.err")
		for _, e := range before {
			script = append(script, ports.replace(t, e.code))
		}
	}
	for i, e := range examples {
		script = append(script, fmt.Sprintf("exec >%d.out 2>%d.err", i, i), ports.replace(t, e.code))
	}
	if err := tools(dir, ports.of(t, "8080"), ports.of(t, "8081"), ports.of(t, "9090")); err != nil {
		t.Fatal(err)
	}
	err := bash(t, dir, accounts[page], strings.Join(script, "\n"))
	for i, e := range examples {
		printed, codes, at := told(t, dir, i)
		switch {
		case !at:
			t.Fatalf("%s: the blocks before line %d end it: %v\n%s", page, e.line, err, printed)
		case err != nil && !there(dir, i+1):
			t.Fatalf("%s:%d: %v\n%s\nprints\n%s%s", page, e.line, err, e.code, printed, lastErr(dir, i))
		}
		e.want = ports.replace(t, e.want)
		if d := e.differs(printed); d != "" {
			t.Errorf("%s:%d: %s\n%s\nprints\n%s%s", page, e.line, d, e.code, printed, lastErr(dir, i))
		} else if d := e.statusMissing(codes); d != "" {
			t.Errorf("%s:%d: %s\n%s", page, e.line, d, e.code)
		}
	}
}

// tools puts the program and a curl where the shell finds them first. The program
// serves at free ports, and this curl notes the status of each call.
func tools(dir string, rest, grpc, ops string) error {
	curl, err := exec.LookPath("curl")
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		return err
	}
	for name, script := range map[string]string{
		"holdfast": fmt.Sprintf("[ \"$1\" != serve ] || export HOLDFAST_HTTP=127.0.0.1:%s HOLDFAST_GRPC=127.0.0.1:%s HOLDFAST_OPS=127.0.0.1:%s\nexec %s \"$@\"", rest, grpc, ops, binary),
		"curl":     "exec " + curl + ` -w '%{stderr}status %{http_code} %{url_effective}\n' "$@"`,
	} {
		if err := os.WriteFile(filepath.Join(dir, "bin", name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// accounts are the users for pages that start database servers, which refuse to run as root. When
// the tests run as root, they run those pages as the user that came with the server.
var accounts = map[string]string{
	"docs/operations/backup-postgresql.md": "postgres",
	"docs/operations/backup-mariadb.md":    "mysql",
	"docs/operations/databases.md":         "postgres",
	"docs/operations/cluster.md":           "postgres",
	"docs/operations/replicas.md":          "postgres",
	"docs/operations/shards.md":            "postgres",
}

// runAs makes cmd, which works in dir, run as the account, if there is one and
// we are root.
func runAs(t *testing.T, cmd *exec.Cmd, dir, account string) {
	t.Helper()
	if account == "" || os.Getuid() != 0 {
		return
	}
	who, err := user.Lookup(account)
	if err != nil {
		t.Fatalf("%v: run scripts/setup", err)
	}
	uid, errUID := strconv.Atoi(who.Uid)
	gid, errGID := strconv.Atoi(who.Gid)
	if err := errors.Join(errUID, errGID, os.Chmod(filepath.Dir(dir), 0o755), os.Chown(dir, uid, gid)); err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	cmd.Env = append(cmd.Env, "HOME="+dir)
}

// bash runs the script as the account and ends all that it has left running.
func bash(t *testing.T, dir, account, script string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "HOLDFAST_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	runAs(t, cmd, dir, account)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if left := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); left != nil && !errors.Is(left, syscall.ESRCH) {
		t.Logf("end what the page has left running: %v", left)
	}
	return err
}

var noted = regexp.MustCompile(`(?m)^status (\d+) (\S*)\n?`)

// told returns the output of block i and the status of its calls. The answer "not ready yet" of a
// starting server does not count.
func told(t *testing.T, dir string, i int) (printed string, codes []int, ran bool) {
	t.Helper()
	if !there(dir, i) {
		return "", nil, false
	}
	out, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)+".out"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)+".err"))
	if err != nil {
		t.Fatal(err)
	}
	calls := noted.FindAllStringSubmatch(string(log), -1)
	for i, call := range calls {
		code, err := strconv.Atoi(call[1])
		if err != nil {
			t.Fatal(err)
		}
		switch url := call[2]; {
		case code == 0 || strings.HasSuffix(url, "/readyz"):
		case code == http.StatusServiceUnavailable && slices.ContainsFunc(calls[i+1:], func(later []string) bool { return later[1] == "200" && later[2] == url }):
			// not available yet: the page asks again until it is
		default:
			codes = append(codes, code)
		}
	}
	return string(out), codes, true
}

func there(dir string, i int) bool {
	_, err := os.Stat(filepath.Join(dir, fmt.Sprint(i)+".err"))
	return err == nil
}

// lastErr is the end of the error output of block i and of the page's server.
func lastErr(dir string, i int) string {
	said := ""
	for what, file := range map[string]string{"standard error": fmt.Sprint(i) + ".err", "the server's log": "holdfast.log"} {
		if b, err := os.ReadFile(filepath.Join(dir, file)); err == nil {
			said += "\nand in " + what + "\n" + string(b[max(0, len(b)-2000):])
		}
	}
	return said
}

// ports gives each port that a page names one that is free.
type ports map[string]string

var (
	named = regexp.MustCompile(`(localhost|127\.0\.0\.1|0\.0\.0\.0)?:(80[89]\d|84\d\d|90[89]\d|5433|3307)\b`)
	// The settings of database servers and of their programs.
	setPort = regexp.MustCompile(`(\bport = |\bPGPORT=|--port=)(5433|3307)\b`)
)

func (p ports) of(t *testing.T, port string) string {
	t.Helper()
	if p[port] == "" {
		_, p[port], _ = strings.Cut(freeAddress(t), ":")
	}
	return p[port]
}

func (p ports) replace(t *testing.T, text string) string {
	t.Helper()
	text = setPort.ReplaceAllStringFunc(text, func(setting string) string {
		cut := strings.LastIndexAny(setting, " =") + 1
		return setting[:cut] + p.of(t, setting[cut:])
	})
	return named.ReplaceAllStringFunc(text, func(address string) string {
		host, port, _ := strings.Cut(address, ":")
		if host == "" || host == "0.0.0.0" {
			host = "127.0.0.1"
		}
		return host + ":" + p.of(t, port)
	})
}
