package notice

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/relay/dial"
)

// settings are those that somebody gave. "" is as not given.
type settings map[string]string

// check finds what is missing or unknown.
func (s settings) check(kind string, known []Setting) error {
	var names []string
	for _, k := range known {
		names = append(names, k.Name)
		if k.Required && s[k.Name] == "" {
			return fmt.Errorf("setting %q: a receiver of kind %s needs it", k.Name, kind)
		}
	}
	for name := range s {
		if !slices.Contains(names, name) {
			return fmt.Errorf("setting %q: a receiver of kind %s has %s", name, kind, strings.Join(names, ", "))
		}
	}
	_, err := s.insecure()
	return err
}

func (s settings) insecure() (bool, error) {
	switch s[settingInsecure] {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, fmt.Errorf(`setting %q: write "true" or "false"`, settingInsecure)
}

// address reads the address of a receiver. It may have a token, so errors do not show it.
func (s settings) address() (*url.URL, error) {
	u, err := url.Parse(s[settingURL])
	switch {
	case err != nil, dial.CheckURL(s[settingURL]) != nil:
		return nil, fmt.Errorf("setting %q: write an address such as https://chat.example/hook, without a user and a password", settingURL)
	case u.Scheme == "http" && !s.maySpeakPlain(u.Hostname()):
		return nil, fmt.Errorf(`setting %q: write an address that begins with https://, or set %q to "true"`, settingURL, settingInsecure)
	}
	return u, nil
}

// maySpeakPlain reports whether what goes to a host need not be encrypted.
func (s settings) maySpeakPlain(host string) bool {
	allowed, err := s.insecure()
	return isLoopback(host) || allowed && err == nil
}

func isLoopback(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.Unmap().IsLoopback()
}

// words are those of the language that the receiver reads.
func (s settings) words() (words, error) {
	w, ok := languages()[s[settingLanguage]]
	if !ok {
		return words{}, fmt.Errorf(`setting %q: write "en" or "zh"`, settingLanguage)
	}
	return w, nil
}

// port is where a mail server listens.
func (s settings) port(usual string) (string, error) {
	port := s[settingPort]
	if port == "" {
		return usual, nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("setting %q: write a number from 1 to 65535", settingPort)
	}
	return port, nil
}

var errNoToken = errors.New("it is not the address of such a robot")

// robot reads the address of a robot, which has the named value in its query.
func (s settings) robot(token, example string) (*url.URL, words, error) {
	u, err := s.address()
	if err != nil {
		return nil, words{}, err
	}
	if token != "" && u.Query().Get(token) == "" {
		return nil, words{}, fmt.Errorf("setting %q: %w, write one such as %s", settingURL, errNoToken, example)
	}
	w, err := s.words()
	return u, w, err
}
