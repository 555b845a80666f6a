package node

import (
	"bytes"
	"context"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/memory"
)

func TestThereIsNoPortWithoutProof(t *testing.T) {
	t.Parallel()
	good := newAuthority(t).files(t, Name)
	stranger := newAuthority(t).files(t, "shop.example")
	self := named("a")[0]
	for _, c := range []struct {
		name   string
		config Config
		good   bool
	}{
		{"nothing", Config{Self: self}, false},
		{"a secret", Config{Self: self, Secret: secret}, true},
		{"a short secret", Config{Self: self, Secret: secret[:15]}, false},
		{"certificates", Config{Self: self, Files: good}, true},
		{"a certificate without its key", Config{Self: self, Files: Files{Cert: good.Cert, CA: good.CA}}, false},
		{"certificates without the authority", Config{Self: self, Files: Files{Cert: good.Cert, Key: good.Key}}, false},
		{"a key that is not the certificate's", Config{Self: self, Files: Files{Cert: good.Cert, Key: stranger.Key, CA: good.CA}}, false},
		{"a certificate that is no node's", Config{Self: self, Files: stranger}, false},
		{"an authority without a certificate", Config{Self: self, Files: Files{Cert: good.Cert, Key: good.Key, CA: good.Key}}, false},
		{"files that are not there", Config{Self: self, Files: Files{Cert: "x", Key: "y", CA: "z"}}, false},
		{"no id", Config{Self: catalog.Node{Address: "a:1"}, Secret: secret}, false},
		{"no address", Config{Self: catalog.Node{ID: "a"}, Secret: secret}, false},
	} {
		c.config.Registry = &table{}
		if _, err := New(c.config); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOnlyCertificatesOfNodesAreTaken(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	var tab table
	e := memory.New()
	home := start(t, "home", &tab, e, withFiles(t, ours, Name))
	// One of the same authority that is no node, and one of another authority:
	// both are let through by their own checks first.
	client := ours.files(t, "shop.example")
	for name, change := range map[string]func(*Config){
		"another authority": func(c *Config) {
			c.Secret = nil
			c.Files = theirs.files(t, Name)
			c.Files.CA = ours.files(t, Name).CA
		},
		"no certificate": func(*Config) {},
	} {
		p := start(t, "x-"+name[:2], &tab, memory.New(), change)
		together(t, home, p)
		if results, err := forward(t.Context(), p, home, 1); err == nil {
			t.Errorf("%s: %v", name, results)
		}
		p.stop()
		<-p.left
		home.fleet.take(named("home"))
	}
	pair, _, err := good(client)
	if err != nil {
		t.Fatal(err)
	}
	p := startAs(t, "y", &tab, memory.New(), withFiles(t, ours, Name), func(n *Node) {
		n.identity.files.Cert, n.identity.files.Key = client.Cert, client.Key
		n.identity.pair = pair
	})
	together(t, home, p)
	if results, err := forward(t.Context(), p, home, 1); err == nil {
		t.Errorf("a certificate of a client: %v", results)
	}
	if n := available(t, home.books); n != 0 {
		t.Errorf("%d available", n)
	}
}

// TestANodeIsLookedAtAgain: a stream of groups that is open ends with the authority of its node.
func TestANodeIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t)
	var tab table
	home := start(t, "home", &tab, memory.New(), withFiles(t, ours, Name))
	p := start(t, "sender", &tab, memory.New(), withFiles(t, ours, Name))
	together(t, home, p)
	if _, err := forward(t.Context(), p, home, 1); err != nil {
		t.Fatal(err)
	}
	move(t, newAuthority(t).files(t, Name).CA, home.identity.files.CA)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		before := available(t, home.books)
		if _, err := forward(ctx, p, home, 1); err != nil && ctx.Err() == nil {
			if n := available(t, home.books); n != before {
				t.Errorf("the refused group was carried out: %d, and %d before", n, before)
			}
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("groups of a node whose authority is no longer named are still taken")
		}
	}
}

func TestRenewedCertificatesAreReadAgain(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t)
	files := ours.files(t, Name)
	i, err := newIdentity(files)
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := i.load()
	if err != nil {
		t.Fatal(err)
	}
	renewed := ours.files(t, Name)
	move(t, renewed.Cert, files.Cert)
	i.read = time.Time{}
	if half, _, err := i.load(); err != nil || !bytes.Equal(half.Certificate[0], first.Certificate[0]) {
		t.Errorf("with half of the files renewed: %v", err)
	}
	move(t, renewed.Key, files.Key)
	i.read = time.Time{}
	if next, _, err := i.load(); err != nil || bytes.Equal(next.Certificate[0], first.Certificate[0]) {
		t.Errorf("the renewed certificate is not used: %v", err)
	}
}
