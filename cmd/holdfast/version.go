package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Stamped by the Makefile and by deploy/dist: -ldflags "-X main.version=v1.2.3".
var (
	version    string
	commit     string
	commitTime string // RFC 3339; the commit's, so that equal sources give equal binaries
)

// build is the part of a bug report about the binary.
type build struct {
	Version    string `json:"version"`
	Commit     string `json:"commit,omitempty"`
	CommitTime string `json:"commit_time,omitempty"`
	Go         string `json:"go"`
	Platform   string `json:"platform"`
}

// thisBuild describes the running binary.
func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return described(build{Version: version, Commit: commit, CommitTime: commitTime}, info)
}

// described adds to the stamped values what the Go tool recorded. In a build without the
// Makefile there is nothing else.
func described(b build, info *debug.BuildInfo) build {
	b.Go, b.Platform = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
	b.Version = cmp.Or(b.Version, info.Main.Version, "unknown")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = cmp.Or(b.Commit, s.Value)
		case "vcs.time":
			b.CommitTime = cmp.Or(b.CommitTime, s.Value)
		}
	}
	return b
}

// String is one line.
func (b build) String() string {
	line := "holdfast " + b.Version
	if b.Commit != "" {
		line += fmt.Sprintf(" (%.12s of %s)", b.Commit, cmp.Or(b.CommitTime, "an unknown time"))
	}
	return line + " " + b.Go + " " + b.Platform
}

func newVersion() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and platform of this binary",
		Example: `  holdfast version
  holdfast version --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := thisBuild()
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(b)
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), b)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}
