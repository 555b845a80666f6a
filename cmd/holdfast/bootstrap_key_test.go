package main

import (
	"net"
	"slices"
	"strings"
	"testing"
)

func TestKeysThatEverybodyKnowsAreRefused(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"": "", "4f1c0d5e9a7b2c68": "",
		"4f1c0d5e9a7b2c6":  "has 15 characters and can be guessed",
		"change-me-please": "is a key that everybody knows, of an example",
		// the same key in other signs
		"Change-Me-Please!":                    "of an example",
		"YOUR_SECRET_KEY_HERE":                 "of an example",
		"----------------":                     "",
		"change-me-please-now":                 "", // of a test: it is nobody's example
		"b3BlbnNzbCByYW5kIC1iYXNlNjQ":          "",
		"correct-horse-battery-staple":         "",
		"6f9619ff-8b86-d011-b42d-00c04fc964ff": "",
	} {
		err := checkBootstrapKey(key)
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", key, err, want)
		}
		if err != nil && key != "" && strings.Contains(err.Error(), key) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

// Others may call when somebody has said so.
func TestServersListenOnTheLoopbackAddress(t *testing.T) {
	t.Parallel()
	for _, cmd := range []string{"serve", "till serve", "doctor", "demo"} {
		c, _, err := root().Find(strings.Fields(cmd))
		if err != nil {
			t.Fatal(err)
		}
		for _, flag := range []string{"http", "grpc", "ops"} {
			host, _, err := net.SplitHostPort(c.Flags().Lookup(flag).DefValue)
			if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
				t.Errorf("%s --%s: %q, %v", cmd, flag, host, err)
			}
		}
	}
}

func TestOpenAddressesAreFound(t *testing.T) {
	t.Parallel()
	var all []net.Listener
	for _, address := range []string{"127.0.0.1:0", "0.0.0.0:0"} {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l)
	}
	if got := openToOthers(all...); !slices.Equal(got, []string{all[1].Addr().String()}) {
		t.Errorf("open are %v, want only %v", got, all[1].Addr())
	}
}
