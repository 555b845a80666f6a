package test

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The binary needs nothing of the machine it runs on: no loader, no library.
func TestTheBinaryIsStatic(t *testing.T) {
	t.Parallel()
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary has a part of type %s", p.Type)
		}
	}
	if libraries, err := f.ImportedLibraries(); err == nil && len(libraries) > 0 {
		t.Errorf("the binary needs %v", libraries)
	}
}

// nobodyID is the user and group of the image.
const nobodyID = 65532

// image makes the root of deploy/Dockerfile's image: the binary, a folder for the data that belongs
// to the user, and nothing else that can be written.
func image(t *testing.T) string {
	t.Helper()
	root, ok := mounted(t, "mode=755")
	if !ok && os.Getenv("CI") != "" {
		t.Fatal("a root of its own needs the right to mount one")
	}
	if !ok {
		t.Skip("a root of its own needs the right to mount one")
	}
	for _, dir := range []string{"data", "usr/local/bin"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	in, err := os.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(filepath.Join(root, "usr/local/bin/holdfast"), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(root, "data")
	if err := unix.Mount("holdfast-test", data, "tmpfs", 0, "mode=700,uid=65532,gid=65532"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(data, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	readOnly(t, root)
	return root
}

// As the image has it, without a container: a user without rights, a root that
// cannot be written and has nothing but the binary. The server serves, checks
// itself the way the image's health check does, and ends well.
func TestTheServerRunsOnAReadOnlyRootWithoutRights(t *testing.T) {
	t.Parallel()
	root := image(t)
	s := offServer(t, "/data/holdfast.db")
	inside := func(args ...string) *exec.Cmd {
		cmd := exec.Command("/usr/local/bin/holdfast", args...)
		cmd.Dir = "/"
		cmd.Env = []string{"HOLDFAST_DB=sqlite:/data/holdfast.db", "HOLDFAST_BOOTSTRAP_KEY=" + adminKey}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobodyID, Gid: nobodyID}}
		return cmd
	}
	serve := inside("serve", "--http", s.http, "--grpc", s.grpc, "--ops", s.op)
	var log bytes.Buffer
	serve.Stdout, serve.Stderr = &log, &log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	defer func() {
		_ = serve.Process.Kill() // it has mostly ended
	}()
	for begun := time.Now(); !s.ready(); <-time.After(10 * time.Millisecond) {
		if len(ended) > 0 || time.Since(begun) > hang {
			t.Fatalf("the server does not get ready:\n%s", log.String())
		}
	}
	c := newCaller(adminKey)
	c.create(t, s, "p", 10)
	c.must(t, "POST", s.url("/inventory/reserve"), "", object{"order_id": "o", "product_id": "p", "quantity": 3}, nil)
	if f := c.product(t, s, "p"); f.Available != 7 {
		t.Errorf("%d are available, want 7", f.Available)
	}
	for _, args := range [][]string{
		{"doctor", "--only", "server", "--url", "http://" + s.op}, // the health check
		{"doctor", "--only", "file,disk,schema,journal-mode,records,view,keys"},
		{"verify"},
	} {
		if out, err := inside(args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("SIGTERM: %v\n%s", err, log.String())
		}
	case <-time.After(hang):
		t.Errorf("the server runs %v after SIGTERM", hang)
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "read-only") || strings.Contains(line, "permission") {
			t.Errorf("the server wanted to write elsewhere: %s", line)
		}
	}
}

// The image's instructions name the restrictions that the test above uses.
func TestTheImageRunsWithoutRights(t *testing.T) {
	t.Parallel()
	text := readFile(t, "../deploy/Dockerfile")
	for _, want := range []string{
		`(?m)^FROM golang:1\.26\.8 AS build$`, `(?m)^FROM scratch$`, `CGO_ENABLED=0 go build -trimpath -buildvcs=false`,
		`(?m)^USER 65532:65532$`, `(?m)^ENV HOLDFAST_DB=sqlite:/data/`, `(?m)^VOLUME /data$`, `(?m)^HEALTHCHECK `,
		`"doctor", "--only", "server", "--url", "http://127\.0\.0\.1:9090"`, `(?m)^ENTRYPOINT \["/usr/local/bin/holdfast"\]$`, `(?m)^CMD \["serve"\]$`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("deploy/Dockerfile has no %s", want)
		}
	}
	if last := text[strings.LastIndex(text, "\nFROM "):]; strings.Contains(last, "\nRUN ") {
		t.Error("the last stage runs something: there is no shell in it")
	}
}

// systemd understands the unit, and the unit has few rights.
func TestTheUnitIsOneSystemdUnderstands(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("there is no systemd-analyze, which scripts/setup installs")
	}
	if err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	unit := filepath.Join(t.TempDir(), "holdfast.service")
	text := strings.ReplaceAll(readFile(t, "../deploy/systemd/holdfast.service"), "/usr/local/bin/holdfast", binary)
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", unit).CombinedOutput(); err != nil || strings.Contains(string(out), "holdfast.service") {
		t.Errorf("%v\n%s", err, out)
	}
	// Exposure in tenths: 0 is a unit that may do nothing, 100 one that may do everything.
	if out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=20", unit).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
