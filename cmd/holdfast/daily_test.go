package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const atHandKey = "0123456789abcdef0123"

// atHand is a server that somebody works with from a terminal of his own.
type atHand struct {
	t       *testing.T
	url, db string
	environ []string
}

// newAtHand starts a server with more flags; it ends with the test.
func newAtHand(t *testing.T, flags ...string) *atHand {
	t.Helper()
	folder := t.TempDir()
	db := "sqlite:" + filepath.Join(folder, "h.db")
	address := make(chan string, 1)
	log := &serving{found: address}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- execute(ctx, append([]string{
			"serve", "--db", db, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--ops", "127.0.0.1:0",
		}, flags...), []string{bootstrapKeyEnv + "=" + atHandKey, secretKeyEnv + "=aG9sZGZhc3QtdGVzdC1rZXktb2YtMzItYnl0ZXMtISE="}, log, log)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	h := &atHand{t: t, db: db, environ: []string{"XDG_CONFIG_HOME=" + filepath.Join(folder, "config"), "HOLDFAST_RETRY=1h"}} // the machine may be slow
	select {
	case at := <-address:
		h.url = "http://" + at
	case err := <-ended:
		t.Fatalf("the server ended: %v", err)
	}
	return h
}

// serving reads a server's log for the address that it listens on.
type serving struct {
	mu    sync.Mutex
	text  bytes.Buffer
	found chan string
}

var servingAt = regexp.MustCompile(`"msg":"serving".*"http":"([^"]+)"`)

func (s *serving) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if m := servingAt.FindSubmatch(s.text.Bytes()); m != nil && s.found != nil {
		s.found <- string(m[1])
		s.found = nil
	}
	return len(p), nil
}

// run runs a command line, whose words are parted by blanks.
func (h *atHand) run(in, line string, more ...string) (out, errOut string, code int) {
	h.t.Helper()
	var o, e bytes.Buffer
	tree := root()
	tree.SetIn(strings.NewReader(in))
	err := executeTree(h.t.Context(), tree, strings.Fields(line), append(more, h.environ...), &o, &e)
	code = report(&e, err)
	return o.String(), noAnswerYet.ReplaceAllString(e.String(), ""), code
}

// noAnswerYet is what a command says when the machine is slow.
var noAnswerYet = regexp.MustCompile(`(?m)^(no answer yet from|\S+ 暂无应答).*\n`)

// says runs a command line that must succeed, and returns what it prints without
// the blanks that align it.
func (h *atHand) says(line string) string {
	h.t.Helper()
	out, errOut, code := h.run("", line)
	if code != 0 {
		h.t.Fatalf("%s: %d, %s", line, code, errOut)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

// inSandbox makes a sandbox, and works there from now on. It returns the key.
func (h *atHand) inSandbox(tenant string) (key string) {
	h.t.Helper()
	h.says("tenants create " + tenant + " --sandbox --db " + h.db)
	key = h.says("keys create --scopes admin --tenant " + tenant + " --db " + h.db)
	h.environ = append(h.environ, "HOLDFAST_KEY="+key, "HOLDFAST_URL="+h.url)
	if _, errOut, code := h.repeat("settings", func(out, _ string) bool { return out != "" }); code != 0 {
		h.t.Fatalf("the key of the sandbox: %s", errOut)
	}
	return key
}

func (h *atHand) login() {
	h.t.Helper()
	if out, errOut, code := h.run(atHandKey+"\n", "login --url "+h.url); code != 0 || !strings.Contains(out, "profile default: "+h.url+" takes the key") {
		h.t.Fatalf("login: %d, %s%s", code, out, errOut)
	}
}

func TestADayAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	const level = "product location available reserved on hand low at status on sale\n"
	for _, c := range []struct{ line, want string }{
		{"open mug 25 --low 5", level + "mug default 25 0 25 5 in_stock yes"},
		{"open coffee 1.500 --unit kg --scale 3", level + "coffee default 1.500 kg 0.000 kg 1.500 kg 0.000 kg in_stock yes"},
		{"restock mug 10 --reason delivery", level + "mug default 35 0 35 5 in_stock yes"},
		{"reserve o-9 mug=4 --dry-run", "o-9 mug default 4 0 0 active"},
		{"reserve o-9 mug=4 --dry-run", "Nothing was stored. This would change:\nproduct location account before after\nmug default pool/shared 35 31\nmug default held 0 4"},
		{"restock coffee 0.500 --dry-run", "coffee default pool/shared 1.500 kg 2.000 kg"},
		{"restock mug 5 --dry-run --json", `"dry_run":true,"preview":{"items":[{"product_id":"mug"`},
		{"sold mug 38 --order till-1 --dry-run", "case product location units\noversell mug default 3"},
		{"adjust mug --delta -2 --reason broken --operator ann", level + "mug default 33 0 33 5 in_stock yes"},
		{"adjust mug --set 31 --reason counted", level + "mug default 31 0 31 5 in_stock yes"},
		{"count mug 30", "product location corrected by available reserved on hand case note\nmug default -1 30 0 30"},
		{"check mug=2 coffee", "product location asked available status\nmug 2 30 in_stock\ncoffee 0.001 kg 1.500 kg in_stock"},
		{"reserve o-1 mug=4 coffee=0.250 --for 2h --json", `"order_id":"o-1","reservations":[`},
		{"reserve o-2 mug=40 --partial", "o-2 mug default 26 0 0 active"},
		{"deduct o-1 mug --quantity 1", "o-1 mug default 3 1 0 active"},
		{"deduct o-1", "o-1 mug default 0 4 0 confirmed"},
		{"release o-2 --reason changed", "o-2 mug default 0 0 26 cancelled"},
		{"holds --state confirmed", "o-1 mug default 0 confirmed"},
		{"log mug --operation adjust --by ann", "adjust mug default 33 -2 0 +0 ann broken"},
		{"sale off mug --channel web", "mug default 26 0 26 5 in_stock not on: [web]"},
		{"sale on mug --channel web", level + "mug default 26 0 26 5 in_stock yes"},
		{"threshold mug 30", level + "mug default 26 0 26 30 low yes"},
		{"low", level + "mug default 26 0 26 30 low yes\n\n1 low"},
		{"list", level + "coffee default 1.250 kg 0.000 kg 1.250 kg 0.000 kg in_stock yes\nmug default 26 0 26 30 low yes"},
		{"list --csv", "product,location,available,reserved,on hand,low at,status,on sale,unit,scale\ncoffee,default,1.250,0.000,1.250,0.000,in_stock,yes,kg,3\n"},
		{"sold mug 27 --order till-1", "mug default 0 0 0 1 case-"},
		{"restock mug 3", level + "mug default 2 0 2 30 low yes"},
		{"retire mug --write-off --json", `"levels":1,"moved":0,"written_off":2`},
		{"reinstate mug", level + "mug default 0 0 0 30 sold_out yes"},
	} {
		if got := h.says(c.line); !strings.Contains(got, c.want) {
			t.Errorf("%s prints\n%s\nwant\n%s", c.line, got, c.want)
		}
	}
	for _, c := range []struct {
		line string
		code int
		want string
	}{
		{"check mug", exitFailed, "the quantity is not available"},
		{"check cofee", exitFailed, `did you mean "coffee"?`},
		{"reserve o-3 coffee=9000", exitFailed, "coffee at default: 9.000 kg asked, 1.250 kg available"},
		{"restock mgu 1", exitFailed, `did you mean "mug"?`},
		{"restock mug 1 --location defaul", exitFailed, `did you mean "default"?`},
		{"open mug 1", exitFailed, "ALREADY_EXISTS"},
		{"restock mug many", exitUsage, `"many" is no number`},
		{"reserve o-1 mug", exitUsage, `"mug" is not like mug=3`},
		{"adjust mug --delta 1", exitUsage, "--reason must be given"},
		{"adjust mug --reason x", exitUsage, "one of --delta and --set must be given"},
		{"sale of mug", exitUsage, `"of" is neither on nor off`},
		{"log --since yesterday", exitUsage, `--since "yesterday" is not like 2030-01-31`},
		{"deduct o-1 --quantity 1", exitUsage, "belong to one PRODUCT"},
		{"list --json --csv", exitUsage, "json csv"},
		{"list --url localhost", exitUsage, `--url "localhost" is not like http://127.0.0.1:8080`},
		{"list --profile shop", exitUsage, `there is no profile "shop"`},
		{"list --url http://127.0.0.1:1", exitUsage, "there is no key for http://127.0.0.1:1"},
		{"list --url http://127.0.0.1:1 --key k --retry 1ms", exitFailed, "no answer from http://127.0.0.1:1"},
	} {
		h.refused(c.code, []prints{{c.line, c.want}})
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	if _, errOut, code := h.run("no-such-key\n", "login --url "+h.url); code != exitFailed || !strings.Contains(errOut, "UNAUTHENTICATED") {
		t.Errorf("a wrong key: %d, %s", code, errOut)
	}
	if _, errOut, code := h.run("", "login --url "+h.url); code != exitFailed || !strings.Contains(errOut, "there is no key on standard input") {
		t.Errorf("no key: %d, %s", code, errOut)
	}
	if out, errOut, code := h.run(atHandKey, "login --profile shop --url "+h.url); code != 0 {
		t.Fatalf("%d, %s%s", code, out, errOut)
	}
	path := strings.TrimPrefix(h.environ[0], "XDG_CONFIG_HOME=") + "/holdfast/profiles.yaml"
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for _, c := range []struct{ line, environ string }{
		{"list --profile shop", ""},
		{"list", "HOLDFAST_PROFILE=shop"},
		{"settings --profile shop", ""}, // over REST
		{"list --url " + h.url + "/ --profile shop", ""},
		{"list --url " + h.url, "HOLDFAST_KEY=" + atHandKey},
	} {
		if _, errOut, code := h.run("", c.line, c.environ); code != 0 || errOut != "" {
			t.Errorf("%s %s: %d, %s", c.environ, c.line, code, errOut)
		}
	}
	// The environment wins, and the key of a profile is for its own server.
	if _, errOut, code := h.run("", "list --profile shop", "HOLDFAST_KEY=wrong"); code != exitFailed || !strings.Contains(errOut, "UNAUTHENTICATED") {
		t.Errorf("the key of the environment: %d, %s", code, errOut)
	}
	if _, errOut, code := h.run("", "list --profile shop", "HOLDFAST_URL=http://127.0.0.1:1"); code != exitUsage || !strings.Contains(errOut, "there is no key for http://127.0.0.1:1") {
		t.Errorf("another server: %d, %s", code, errOut)
	}
	if out, _, code := h.run("", "config print list -- --profile shop"); code != 0 || !strings.Contains(out, "profile shop") || strings.Contains(out, atHandKey) {
		t.Errorf("%d, %s", code, out)
	}
	if _, errOut, code := h.run("", "logout --profile shop"); code != 0 {
		t.Errorf("%d, %s", code, errOut)
	}
	if _, _, code := h.run("", "list --profile shop"); code != exitUsage {
		t.Errorf("after the logout: %d", code)
	}
}

func TestWatchShowsWhatHappens(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.says("open mug 1")
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
	defer stop()
	read, write := io.Pipe()
	var errOut bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		err := execute(ctx, []string{"watch", "mug", "--json"}, h.environ, write, &errOut)
		write.Close()
		ended <- err
	}()
	// The watch begins at an unknown moment: there is something to see until it does.
	busy := make(chan struct{})
	go func() {
		defer close(busy)
		for ctx.Err() == nil {
			var none bytes.Buffer
			if err := execute(ctx, []string{"restock", "mug", "1"}, h.environ, &none, &none); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	}()
	seen := make([]byte, 4096)
	n, err := read.Read(seen)
	if err != nil || !strings.Contains(string(seen[:n]), `"type":"restock"`) {
		t.Errorf("%s, %v", seen[:n], err)
	}
	stop()
	go io.Copy(io.Discard, read) //nolint:errcheck // what comes until it ends
	<-busy
	if err := <-ended; err != nil || !strings.Contains(errOut.String(), "continue with: --after ") {
		t.Errorf("%v, %s", err, errOut.String())
	}
}

func TestTheShellCompletesWhatTheServerHas(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	if out, _, code := h.run("", "__complete restock mu"); code != 0 || out != ":4\n" {
		t.Errorf("without a key: %d, %q", code, out)
	}
	h.login()
	h.says("open mug 5 --location berlin")
	h.says("reserve o-1 mug=1 --location berlin")
	for line, want := range map[string]string{
		"__complete restock mu":                     "mug\n",
		"__complete reserve o-9 mug=1 m":            "mug=\n",
		"__complete deduct o":                       "o-1\n",
		"__complete orders show o":                  "o-1\n",
		"__complete list --location be":             "berlin\n",
		"__complete sale o":                         "on\noff\n",
		"__complete orders relocate o-1 mug --to b": "berlin\n",
	} {
		h.completes(line, want+":")
	}
	if out, _, code := h.run("", "completion bash"); code != 0 || !strings.Contains(out, "__start_holdfast") {
		t.Errorf("%d, %d bytes", code, len(out))
	}
}

func TestChinese(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.says("open 杯子 5")
	out, _, code := h.run("", "list", "LANG=zh_CN.UTF-8")
	if want := "商品  库位     可售  预占  在库  预警值  状态  在售\n杯子  default  5     0     5     0       有货  是\n"; code != 0 || out != want {
		t.Errorf("%d,\n%swant\n%s", code, out, want)
	}
	if out, _, _ := h.run("", "list --csv", "LC_ALL=zh_TW.UTF-8"); !strings.HasPrefix(out, "product,location,available") || !strings.Contains(out, "in_stock,yes") {
		t.Errorf("programs read %s", out)
	}
	if _, errOut, _ := h.run("", "restock 杯 1", "LANG=zh_CN"); !strings.Contains(errOut, "服务器拒绝：") {
		t.Error(errOut)
	}
	if out, _, _ := h.run("", "reserve --help", "LC_MESSAGES=zh_CN", "LANG=de_DE"); !strings.Contains(out, "为订单预占库存") || !strings.Contains(out, "用法：") {
		t.Error(out)
	}
	if out, _, _ := h.run("", "tenants delete --help", "LANG=zh_CN"); !strings.Contains(out, "删除后无法找回") || strings.Contains(out, "Stop all servers") {
		t.Error(out)
	}
	if out, _, _ := h.run("", "--help", "LANG=zh_CN"); !strings.Contains(out, "日常命令：") || !strings.Contains(out, "用 “holdfast 命令 --help”") {
		t.Error(out)
	}
	if out, _, _ := h.run("", "--help", "LC_ALL=C", "LANG=zh_CN"); strings.Contains(out, "命令") {
		t.Error(out)
	}
}

// The catalogue has a translation of every text of a command that asks a server, and of
// those that take personal data out of the books.
func TestCommandsThatPeopleUseSpeakChinese(t *testing.T) {
	t.Parallel()
	everyCommand(root(), func(cmd *cobra.Command) {
		top := strings.Fields(cmd.CommandPath() + " -")[1]
		private := top == "redact" || top == "tenants"
		if cmd.Flags().Lookup("csv") == nil && cmd.GroupID != daily && !private {
			return
		}
		if private && helpInChinese[cmd.Short] == "" {
			t.Errorf("%s: the help has no Chinese", cmd.CommandPath())
		}
		for c := cmd; c.HasParent(); c = c.Parent() {
			if inChinese[c.Short] == "" {
				t.Errorf("%s: %q has no Chinese", c.CommandPath(), c.Short)
			}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if inChinese[f.Usage] == "" && f.Name != "help" {
				t.Errorf("%s --%s: %q has no Chinese", cmd.CommandPath(), f.Name, f.Usage)
			}
		})
		if strings.Contains(cmd.Example, "--url http://127.0.0.1:8080") {
			t.Errorf("%s: the example names the address that is the default", cmd.CommandPath())
		}
	})
	word := regexp.MustCompile(`"([^"]*)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`\.table\(([^\n]*?)\)|\.(?:cell|say|gone)\(("[^"\n]*")`).FindAllSubmatch(text, -1) {
			for _, m := range word.FindAllSubmatch(append(call[1], call[2]...), -1) {
				if inChinese[string(m[1])] == "" {
					t.Errorf("%s: %q has no Chinese", file, m[1])
				}
			}
		}
	}
}
