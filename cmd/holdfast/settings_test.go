package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// sample is what the command of these tests was run with.
type sample struct {
	DB     string
	Rate   int
	Wait   time.Duration
	Scopes []string
	Key    string
}

// sampleTree is the real tree with one more command that only notes its flags.
func sampleTree(got *sample) *cobra.Command {
	cmd := &cobra.Command{Use: "sample", RunE: func(*cobra.Command, []string) error { return nil }}
	cmd.Flags().StringVar(&got.DB, "db", "sqlite:default.db", "")
	cmd.Flags().IntVar(&got.Rate, "public-rate", 1000, "")
	cmd.Flags().DurationVar(&got.Wait, "sample-wait", time.Second, "")
	cmd.Flags().StringSliceVar(&got.Scopes, "sample-scopes", []string{"read"}, "")
	cmd.Flags().StringVar(&got.Key, "key", "", "")
	tree := root()
	tree.AddCommand(cmd)
	return tree
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "holdfast.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSettings(t *testing.T) {
	t.Parallel()
	defaults := sample{DB: "sqlite:default.db", Rate: 1000, Wait: time.Second, Scopes: []string{"read"}}
	with := func(change func(*sample)) sample {
		s := defaults
		change(&s)
		return s
	}
	tests := []struct {
		name    string
		file    string
		environ []string
		args    []string
		want    sample
		err     string
	}{
		{name: "nothing given: the defaults", want: defaults},
		{
			name: "the file wins over the default",
			file: "db: sqlite:file.db\npublic-rate: 5\nsample-wait: 3m\nsample-scopes: [admin, read]\n",
			want: sample{DB: "sqlite:file.db", Rate: 5, Wait: 3 * time.Minute, Scopes: []string{"admin", "read"}},
		},
		{
			name:    "the environment wins over the file",
			file:    "public-rate: 5\n",
			environ: []string{"HOLDFAST_PUBLIC_RATE=6", "PATH=/bin"},
			want:    with(func(s *sample) { s.Rate = 6 }),
		},
		{
			name:    "a flag wins over both",
			file:    "public-rate: 5\n",
			environ: []string{"HOLDFAST_PUBLIC_RATE=6"},
			args:    []string{"--public-rate=7"},
			want:    with(func(s *sample) { s.Rate = 7 }),
		},
		{
			name:    "a flag given with its default value still wins",
			environ: []string{"HOLDFAST_PUBLIC_RATE=6"},
			args:    []string{"--public-rate=1000"},
			want:    defaults,
		},
		{
			name:    "a list in the environment is separated by commas",
			environ: []string{"HOLDFAST_SAMPLE_SCOPES=admin,internal"},
			want:    with(func(s *sample) { s.Scopes = []string{"admin", "internal"} }),
		},
		{name: "an empty variable counts as not set", environ: []string{"HOLDFAST_PUBLIC_RATE="}, want: defaults},
		{name: "a setting of another command in the file is left alone", file: "json: true\n", want: defaults},
		{name: "an empty file changes nothing", file: "# nothing yet\n", want: defaults},
		{
			name:    "what Kubernetes sets for a service called holdfast is not a setting",
			environ: []string{"HOLDFAST_SERVICE_HOST=10.0.0.1", "HOLDFAST_PORT=tcp://10.0.0.1:8080", "HOLDFAST_PORT_8080_TCP_ADDR=10.0.0.1"},
			want:    defaults,
		},
		{name: "the bootstrap key belongs to the environment", environ: []string{"HOLDFAST_BOOTSTRAP_KEY=x"}, want: defaults},
		{name: "an unknown key in the file is an error", file: "rate-public: 5\n", err: `no setting is called "rate-public"`},
		{name: "a misspelt key is guessed", file: "public_rate: 5\n", err: `did you mean "public-rate"?`},
		{name: "a nested key is an unknown key", file: "db: {path: x}\n", err: `no setting is called "db.path"`},
		{name: "an unknown variable is an error", environ: []string{"HOLDFAST_PUBLICRATE=5"}, err: `no setting is called HOLDFAST_PUBLICRATE (did you mean "HOLDFAST_PUBLIC_RATE"?)`},
		{name: "a value of the wrong kind names the variable", environ: []string{"HOLDFAST_PUBLIC_RATE=many"}, err: `HOLDFAST_PUBLIC_RATE "many" is not a whole number`},
		{name: "a key without value is an error", file: "public-rate:\n", err: "public-rate has no value"},
		{name: "a file that is not YAML is an error", file: "db: [\n", err: "configuration file"},
		{name: "a key given twice is an error", file: "db: a\ndb: b\n", err: "already defined"},
		{name: "a file that does not exist is an error", args: []string{"--config", "no-such.yaml"}, err: "no-such.yaml"},
		{name: "a folder is no configuration file", args: []string{"--config", "."}, err: "is a folder"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got sample
			args := append([]string{"sample"}, test.args...)
			if test.file != "" {
				args = append(args, "--config", writeConfig(t, test.file))
			}
			err := executeTree(t.Context(), sampleTree(&got), args, test.environ, io.Discard, io.Discard)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want %q in it", err, test.err)
				}
				if code := report(io.Discard, err); code != exitUsage {
					t.Errorf("exit code %d, want %d", code, exitUsage)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfigPrintNamesTheOrigin(t *testing.T) {
	t.Parallel()
	path := writeConfig(t, "sample-wait: 3m\nkey: hf_secret\n")
	environ := []string{"HOLDFAST_CONFIG=" + path, "HOLDFAST_DB=postgres://stock:pa55@db/stock"}
	var got sample
	var out bytes.Buffer
	args := []string{"config", "print", "--json", "sample", "--", "--public-rate", "7"}
	if err := executeTree(t.Context(), sampleTree(&got), args, environ, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hf_secret", "pa55"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a credential is printed: %s", out.String())
		}
	}
	var settings []setting
	if err := json.Unmarshal(out.Bytes(), &settings); err != nil {
		t.Fatal(err)
	}
	want := []setting{
		{"config", path, "environment HOLDFAST_CONFIG"},
		{"db", "postgres://stock:xxxxx@db/stock", "environment HOLDFAST_DB"},
		{"key", "(not shown)", "file " + path},
		{"public-rate", "7", "flag"},
		{"sample-scopes", "[read]", "default"},
		{"sample-wait", "3m0s", "file " + path},
	}
	if diff := cmp.Diff(want, settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestConfigPrintRefusesAnUnknownCommand(t *testing.T) {
	t.Parallel()
	err := execute(t.Context(), []string{"config", "print", "srve"}, nil, io.Discard, io.Discard)
	if code := report(io.Discard, err); code != exitUsage {
		t.Errorf("%v: exit code %d, want %d", err, code, exitUsage)
	}
}
