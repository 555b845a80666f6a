package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/progress"
	"holdfast.dev/holdfast/proof/replay"
)

// replayConfig has the settings of "replay".
type replayConfig struct {
	File      string
	URL       string
	GRPC      string
	Key       string
	Transport string

	Opening  string
	Mode     string
	Month    string
	Run      string
	Prefix   string
	Location string
	Network  string

	Workers int
	Batch   int
	Speed   string
	State   string
	Retry   time.Duration
	Expect  string
	JSON    bool

	out    io.Writer
	errOut io.Writer
}

func newReplay() *cobra.Command {
	var cfg replayConfig
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Send the order history of a shop through the API and check the books",
		Long: `Replay reads an order history (CSV, plain or gzipped; its columns and rules are
in data/online-retail/README.md), opens stock, sends every sale, return and
correction through the public API, and prints what came of it. With --expect it
exits 1 unless every figure is the expected one.

A sale is a reserve, then a deduct. Every step has an idempotency key made from
the run and the line, so nothing happens twice: a replay that was killed goes on
where it stopped when the same command is given again, and one that has ended
only reads the books again. How far it is stands in a checkpoint (--state).

Opening stock: peak, scarce, flat100, zero, gross. Modes: line, partial, order,
linked, flash (which has an opening stock of its own), channels (quotas for two
channels, set with PUT /v1/quotas), warehouses (the stock split over the sites
of --network, each sale sourced from the nearest one that has it whole). Several
runs fit into one server if each has a --prefix for its products or a --location.

With several workers the lines of a SKU stay in order, except where the result
does not depend on it (opening gross, mode flash): there any worker takes any
line.`,
		Example: `  holdfast-proof replay data/online-retail/orders-2010-12_2011-05.csv.gz --url http://127.0.0.1:8080 \
      --opening scarce --mode order --expect data/online-retail/expected.json
  holdfast-proof replay orders.csv --url http://127.0.0.1:8080 --mode flash --workers 256 --prefix flash-`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg.File, cfg.out, cfg.errOut = args[0], cmd.OutOrStdout(), cmd.ErrOrStderr()
			err := runReplay(cmd.Context(), cfg)
			if errors.Is(err, replay.ErrSettings) {
				return replayUsage("%w", err)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.URL, "url", "", "address of the server, like http://127.0.0.1:8080")
	f.StringVar(&cfg.GRPC, "grpc", "", "its gRPC address (default port 8081 of the host in --url)")
	f.StringVar(&cfg.Key, "key", "", "API key with scope admin")
	f.StringVar(&cfg.Transport, "transport", "rest", "rest, grpc, stream (gRPC ExecuteStream) or batch (POST /v1/commands:batch)")
	f.StringVar(&cfg.Opening, "opening", "", "opening stock: peak, scarce, flat100, zero or gross")
	f.StringVar(&cfg.Mode, "mode", "", "line, partial, order, linked, flash, channels or warehouses")
	f.StringVar(&cfg.Month, "month", "", "month of a flash sale, like 2011-05 (default the one --expect names, else the last of the file)")
	f.StringVar(&cfg.Run, "run", "", "name of the run, part of its order ids and keys (default made from the file and the settings)")
	f.StringVar(&cfg.Prefix, "prefix", "", "put before every product id")
	f.StringVar(&cfg.Location, "location", "", "location to use (default the tenant's own)")
	f.StringVar(&cfg.Network, "network", "", "folder with the sites and places of --mode warehouses (default ../geo beside FILE)")
	f.IntVar(&cfg.Workers, "workers", 1, "calls under way at once")
	f.IntVar(&cfg.Batch, "batch", 500, "commands in one call with --transport batch or stream")
	f.StringVar(&cfg.Speed, "speed", "max", "max, or how many times faster than it happened, like 1000x")
	f.StringVar(&cfg.State, "state", "", "file of the checkpoint, or none (default one per run in the user's cache folder)")
	f.DurationVar(&cfg.Retry, "retry", time.Minute, "how long to try one call while the server does not answer")
	f.StringVar(&cfg.Expect, "expect", "", "file with expected results to compare with")
	f.BoolVar(&cfg.JSON, "json", false, "print the summary as JSON")
	for _, name := range []string{"url", "key", "mode"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // there is no such flag
		}
	}
	return cmd
}

func replayUsage(format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), path: "holdfast-proof replay"}
}

// runReplay is the command without its flags.
func runReplay(ctx context.Context, cfg replayConfig) error {
	settings, err := cfg.settings()
	if err != nil {
		return err
	}
	options := replay.Options{
		Transport: cfg.Transport, Workers: cfg.Workers, Batch: 1,
		Save: 500 * time.Millisecond, Within: cfg.Retry, Progress: progress.On(cfg.errOut),
	}
	if options.Speed, err = parseSpeed(cfg.Speed); err != nil {
		return err
	}
	target, closeTarget, err := cfg.target(&options)
	if err != nil {
		return err
	}
	defer closeTarget()

	history, err := replay.Load(cfg.File)
	if err != nil {
		return err
	}
	if settings.Mode == replay.Warehouses {
		if history.Network, err = replay.LoadNetwork(cfg.network()); err != nil {
			return err
		}
	}
	var expected *replay.Expected
	if cfg.Expect != "" {
		if expected, err = replay.ReadExpected(cfg.Expect); err != nil {
			return err
		}
		if settings.Mode == replay.Flash && settings.Month == "" {
			settings.Month = expected.Flash.Month
		}
	}
	plan, err := replay.NewPlan(history, settings)
	if err != nil {
		return err
	}
	if expected != nil {
		if err := expected.Covers(plan.Settings); err != nil {
			return err
		}
	}
	options.State = cfg.state(plan, options.Progress)
	summary, err := replay.Run(ctx, plan, target, options)
	if summary == nil {
		if errors.Is(err, context.Canceled) {
			options.Progress.Note(err.Error())
		}
		return err
	}
	summary.File = cfg.File
	if expected != nil {
		summary.Differences = append(summary.Differences, expected.Compare(summary)...)
	}
	if err := cfg.print(summary, expected != nil); err != nil {
		return err
	}
	if err := summary.Err(); err != nil && !cfg.JSON {
		return fmt.Errorf("%w: see the list above", replay.ErrDifference)
	}
	return summary.Err()
}

// settings reads the settings that decide the run's calls.
func (cfg *replayConfig) settings() (replay.Settings, error) {
	s := replay.Settings{Month: cfg.Month, Run: cfg.Run, Prefix: cfg.Prefix, Location: cfg.Location}
	var err error
	if s.Mode, err = replay.ParseMode(cfg.Mode); err != nil {
		return s, err
	}
	if s.Mode == replay.Flash {
		if cfg.Opening != "" {
			fmt.Fprintln(cfg.errOut, "mode flash has an opening stock of its own; --opening is not used")
		}
		return s, nil
	}
	if cfg.Month != "" {
		return s, replayUsage("--month belongs to --mode flash")
	}
	if cfg.Network != "" && s.Mode != replay.Warehouses {
		return s, replayUsage("--network belongs to --mode warehouses")
	}
	s.Opening, err = replay.ParsePolicy(cfg.Opening)
	return s, err
}

// network is the folder with the sites: the data set's, unless a flag names another.
func (cfg *replayConfig) network() string {
	if cfg.Network != "" {
		return cfg.Network
	}
	return filepath.Join(filepath.Dir(cfg.File), "..", "geo")
}

// target connects to the server by the transport of --transport.
func (cfg *replayConfig) target(options *replay.Options) (replay.Target, func(), error) {
	switch cfg.Transport {
	case "batch":
		options.Batch = cfg.Batch
		fallthrough
	case "rest":
		target, err := replay.NewREST(cfg.URL, cfg.Key, cfg.Workers)
		if err != nil {
			return nil, nil, err
		}
		return target, target.Close, nil
	case "grpc":
		address, secure, err := cfg.grpcAddress()
		if err != nil {
			return nil, nil, err
		}
		target, err := replay.NewGRPC(address, cfg.Key, cfg.Workers, secure)
		if err != nil {
			return nil, nil, err
		}
		return target, target.Close, nil
	case "stream":
		options.Batch = cfg.Batch
		address, secure, err := cfg.grpcAddress()
		if err != nil {
			return nil, nil, err
		}
		target, err := replay.NewStream(address, cfg.Key, cfg.Workers, secure)
		if err != nil {
			return nil, nil, err
		}
		return target, target.Close, nil
	}
	return nil, nil, replayUsage("unknown transport %q: use rest, grpc, stream or batch", cfg.Transport)
}

// grpcAddress is --grpc, or the usual port on the host of --url.
func (cfg *replayConfig) grpcAddress() (address string, secure bool, err error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Hostname() == "" {
		return "", false, replayUsage("--url %q is not like http://127.0.0.1:8080", cfg.URL)
	}
	if address = cfg.GRPC; address == "" {
		address = net.JoinHostPort(u.Hostname(), "8081")
	}
	return address, u.Scheme == "https", nil
}

// parseSpeed reads "max", "1000x" or "1000"; 0 is max.
func parseSpeed(text string) (float64, error) {
	if text == "max" {
		return 0, nil
	}
	speed, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(speed > 0 && speed <= 1e12) {
		return 0, replayUsage("--speed %q is neither max nor like 1000x", text)
	}
	return speed, nil
}

// state is the path of the checkpoint, empty for none.
func (cfg *replayConfig) state(plan *replay.Plan, bar progress.Progress) string {
	if cfg.State == "none" {
		return ""
	}
	if cfg.State != "" {
		return cfg.State
	}
	folder, err := os.UserCacheDir()
	if err == nil {
		folder = filepath.Join(folder, "holdfast", "replay")
		err = os.MkdirAll(folder, 0o700)
	}
	if err != nil {
		bar.Note(fmt.Sprintf("no checkpoint is kept (%v): give --state FILE to go on quickly after a stop", err))
		return ""
	}
	name, err := json.Marshal([]any{cfg.URL, cfg.GRPC, plan.FileSHA256, plan.Settings})
	if err != nil {
		panic(err) // strings all the way down
	}
	sum := sha256.Sum256(name)
	return filepath.Join(folder, hex.EncodeToString(sum[:12])+".json")
}

// print writes the summary.
func (cfg *replayConfig) print(s *replay.Summary, compared bool) error {
	if cfg.JSON {
		encoder := json.NewEncoder(cfg.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(s)
	}
	text := s.Text()
	switch {
	case s.Err() != nil:
		text += "  NOT as it should be:\n"
		for _, wrong := range s.Wrong() {
			text += "    " + wrong + "\n"
		}
	case compared:
		text += "  every figure equals " + cfg.Expect + "\n"
	}
	_, err := io.WriteString(cfg.out, text)
	return err
}
