package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
	"golang.org/x/term"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/nearest"
)

const (
	// usualURL is the address of a server on this machine. usualProfile is the profile that is
	// used when none is named.
	usualURL     = "http://127.0.0.1:8080"
	usualProfile = "default"

	profileFlag = "profile"
)

// profile is a server and a key for it.
type profile struct {
	URL string `yaml:"url"`
	Key string `yaml:"key"`
}

// profiles are kept in the user's configuration folder, for its owner alone.
type profiles struct {
	path string
	All  map[string]profile `yaml:"profiles"`
}

// readProfiles reads them; a missing file has none.
func readProfiles(environ []string) (*profiles, error) {
	folder := variable(environ, "XDG_CONFIG_HOME")
	if !filepath.IsAbs(folder) {
		var err error
		if folder, err = os.UserConfigDir(); err != nil { // nobody is at home, as in a container
			return &profiles{All: map[string]profile{}}, nil
		}
	}
	p := &profiles{path: filepath.Join(folder, "holdfast", "profiles.yaml")}
	text, err := os.ReadFile(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("read profiles: %w", err)
	default:
		if err := yaml.Unmarshal(text, p); err != nil {
			return nil, fmt.Errorf("read profiles: %s: %w", p.path, err)
		}
	}
	if p.All == nil {
		p.All = map[string]profile{}
	}
	return p, nil
}

// write stores them: the file is replaced as a whole.
func (p *profiles) write() (err error) {
	if p.path == "" {
		return errors.New("write profiles: there is no folder for them: neither XDG_CONFIG_HOME nor HOME is set")
	}
	text, err := yaml.Marshal(p)
	if err != nil {
		return fmt.Errorf("write profiles: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(p.path), 0o700); err != nil {
		return fmt.Errorf("write profiles: %w", err)
	}
	next, err := os.CreateTemp(filepath.Dir(p.path), ".profiles-*") // only its owner may read it
	if err != nil {
		return fmt.Errorf("write profiles: %w", err)
	}
	_, err = next.Write(text)
	if err = errors.Join(err, next.Sync(), next.Close()); err == nil {
		err = os.Rename(next.Name(), p.path)
	}
	if err != nil {
		return fmt.Errorf("write profiles: %w", errors.Join(err, os.Remove(next.Name())))
	}
	return nil
}

// find is the profile of that name. The usual one need not exist.
func (p *profiles) find(name string) (profile, error) {
	found, ok := p.All[profileName(name)]
	if !ok && name != "" {
		var names []string
		for n := range p.All {
			names = append(names, n)
		}
		slices.Sort(names)
		return profile{}, fmt.Errorf("there is no profile %q%s; \"holdfast login --profile %s\" makes one", name, nearest.Hint(name, names), name)
	}
	return found, nil
}

// profileName is the name of the selected profile.
func profileName(name string) string {
	if name == "" {
		return usualProfile
	}
	return name
}

// addProfile sets the address and the key of a command that calls a server, if neither the
// command line, the environment nor the configuration file sets them. It uses those of the
// profile, otherwise the default. A profile's key is only for its own
// server.
func addProfile(cmd *cobra.Command, environ []string) error {
	f := cmd.Flags()
	at, key, name := f.Lookup("url"), f.Lookup(keyFlag), f.Lookup(profileFlag)
	if at == nil || key == nil || name == nil || cmd.Name() == "login" {
		return nil
	}
	if db := f.Lookup("db"); db != nil && db.Changed {
		return nil // it opens that itself
	}
	if at.Value.String() == "" || key.Value.String() == "" {
		all, err := readProfiles(environ)
		if err != nil {
			return err
		}
		found, err := all.find(name.Value.String())
		if err != nil {
			return err
		}
		origin := []string{"profile " + profileName(name.Value.String())}
		set := func(flag *pflag.Flag, value string) error {
			if value == "" || flag.Value.String() != "" {
				return nil
			}
			return errors.Join(f.Set(flag.Name, value), f.SetAnnotation(flag.Name, originNote, origin))
		}
		if err := set(at, found.URL); err != nil {
			return err
		}
		if sameServer(at.Value.String(), found.URL) {
			if err := set(key, found.Key); err != nil {
				return err
			}
		}
	}
	if at.Value.String() == "" {
		return at.Value.Set(usualURL)
	}
	return nil
}

func sameServer(a, b string) bool {
	return a != "" && strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/")
}

// checkURL returns what is wrong with the server's address.
func (c *remoteConfig) checkURL() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
		return fmt.Errorf("--url %q is not like http://127.0.0.1:8080", c.URL)
	}
	return nil
}

// keyless explains how a command without a key gets one.
func (c *remoteConfig) keyless() error {
	return fmt.Errorf("there is no key for %s: put one into %s in the environment, or keep it with \"holdfast login\"", c.URL, envName(keyFlag))
}

func newLogin() *cobra.Command {
	var cfg remoteConfig
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Keep a server's address and your key for it",
		Long: `Login reads the key from standard input, on a terminal without showing it, asks the
server whether it is one, and keeps both in a profile: the file profiles.yaml in the
folder holdfast of your configuration folder, which only you can read. Commands take
the profile "default" unless --profile or HOLDFAST_PROFILE names another; what a flag
or the environment says wins over it. A profile's key is sent to its server alone.`,
		Example: `  holdfast login
  holdfast login --profile shop --url https://stock.example < key.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return login(cmd, &cfg)
		},
	}
	cfg.flags(cmd)
	return cmd
}

func login(cmd *cobra.Command, cfg *remoteConfig) error {
	all, err := readProfiles(environOf(cmd.Context()))
	if err != nil {
		return err
	}
	name := profileName(cfg.Profile)
	if cfg.URL == "" {
		cfg.URL = all.All[name].URL
	}
	if cfg.URL == "" {
		cfg.URL = usualURL
	}
	if err := cfg.checkURL(); err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	if cfg.Key == "" {
		if cfg.Key, err = askKey(cmd.InOrStdin(), cmd.ErrOrStderr(), cfg.URL); err != nil {
			return err
		}
	}
	c, err := client.New(cfg.URL, client.WithKey(cfg.Key))
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), cfg.Retry)
	defer cancel()
	// A call that a key with the fewest rights may make.
	_, err = c.List(ctx, client.List{PageSize: 1})
	if err = errors.Join(err, c.Close()); err != nil {
		return wordsOf(err, cfg.URL)
	}
	all.All[name] = profile{URL: cfg.URL, Key: cfg.Key}
	if err := all.write(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "profile %s: %s takes the key; kept in %s\n", name, cfg.URL, all.path)
	return err
}

// askKey reads a key, on a terminal without showing it.
func askKey(in io.Reader, errOut io.Writer, url string) (string, error) {
	var text []byte
	var err error
	if file, ok := in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprintf(errOut, "key for %s (not shown): ", url)
		text, err = term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(errOut)
	} else {
		text, err = io.ReadAll(io.LimitReader(in, 4096))
	}
	if err != nil {
		return "", fmt.Errorf("read the key: %w", err)
	}
	key := strings.TrimSpace(string(text))
	if key == "" {
		return "", errors.New("there is no key on standard input")
	}
	return key, nil
}

func newLogout() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "logout",
		Short:   "Forget a server's address and the key for it",
		Example: "  holdfast logout --profile shop",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := readProfiles(environOf(cmd.Context()))
			if err != nil {
				return err
			}
			if _, err := all.find(profileName(name)); err != nil {
				return err
			}
			delete(all.All, profileName(name))
			if err := all.write(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "profile %s is gone; the key stays valid until it is revoked\n", profileName(name))
			return err
		},
	}
	cmd.Flags().StringVar(&name, profileFlag, "", "profile (default \"default\")")
	return cmd
}
