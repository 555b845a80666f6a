package dial

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
		"224.0.0.1", "255.255.255.255", "240.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "198.18.0.1", "192.0.2.1", "::7f00:1", "::a00:1",
	} {
		if err := (Allowed{}).Check(netip.MustParseAddr(text)); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if err := (Allowed{}).Check(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	allowed, err := Parse([]string{"10.1.0.0/16", "127.0.0.1/32"})
	if err != nil {
		t.Fatal(err)
	}
	for text, ok := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "127.0.0.1": true, "127.0.0.2": false} {
		if err := allowed.Check(netip.MustParseAddr(text)); (err == nil) != ok {
			t.Errorf("with 10.1.0.0/16 and 127.0.0.1/32 %s: %v", text, err)
		}
	}
	if _, err := Parse([]string{"10.1.0.0"}); err == nil {
		t.Error("an address without a width is taken for a range")
	}
}

func TestAServerOnThisMachineIsReachedWhenItIsAllowed(t *testing.T) {
	t.Parallel()
	reached := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer s.Close()
	for _, ranges := range [][]string{nil, {"10.0.0.0/8"}, {"127.0.0.0/8"}} {
		allowed, err := Parse(ranges)
		if err != nil {
			t.Fatal(err)
		}
		res, err := allowed.Client(time.Minute, nil).Get(s.URL)
		if err == nil {
			res.Body.Close()
		}
		if want := len(ranges) > 0 && ranges[0] == "127.0.0.0/8"; (err == nil) != want {
			t.Errorf("with %v: %v", ranges, err)
		}
	}
	if reached != 1 {
		t.Errorf("the server was reached %d times", reached)
	}
}

func TestAddressesOfReceivers(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"https://shop.example/events": true, "http://10.0.0.1:8080": true, "": false, "ftp://a/b": false, "https://": false, "https://user:word@shop.example": false, "shop.example": false,
	} {
		if err := CheckURL(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A tenant who tries names and addresses does not learn which of them there are inside, and
// not the address of the resolver.
func TestWhatCannotBeReachedIsToldInOneText(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	here, err := Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for _, c := range []struct {
		allowed Allowed
		target  string
	}{
		{nil, "https://nobody.invalid/hook?token=abc"}, // no such name
		{nil, "https://127.0.0.1/hook?token=abc"},      // private
		{nil, "https://localhost/hook?token=abc"},      // a name of a private one
		{nil, "http://127.0.0.1/hook?token=abc"},       // without TLS
		{here, "https://" + closed.Addr().String() + "/hook?token=abc"},
	} {
		res, err := c.allowed.Client(time.Minute, nil).Get(c.target)
		if err == nil {
			res.Body.Close()
			t.Fatalf("%s was reached", c.target)
		}
		u := &url.Error{}
		if !errors.As(err, &u) {
			t.Fatal(err)
		}
		texts[u.Err.Error()] = true
	}
	if len(texts) != 1 {
		t.Errorf("%d texts: %q", len(texts), slices.Collect(maps.Keys(texts)))
	}
}

// The operator reads the cause in the log.
func TestTheCauseIsForTheLog(t *testing.T) {
	t.Parallel()
	res, err := Allowed(nil).Client(time.Minute, nil).Get("https://127.0.0.1/hook")
	if err == nil {
		res.Body.Close()
		t.Fatal("it was reached")
	}
	if told := Detail(err).Error(); !errors.Is(err, ErrRefused) || !strings.Contains(told, "127.0.0.1") {
		t.Errorf("the log has: %s", told)
	}
}

func TestAConnectionThatEndsShowsNoAddresses(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.(*net.TCPConn).SetLinger(0) // a reset
			c.Close()
		}
	}))
	defer s.Close()
	here, err := Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	res, err := here.Client(time.Minute, nil).Post(s.URL, "", nil) // a POST is not tried again
	if err == nil {
		res.Body.Close()
		t.Fatal("an answer came")
	}
	u := &url.Error{}
	if !errors.As(err, &u) || strings.Contains(u.Err.Error(), "127.0.0.1") {
		t.Errorf("told: %v", u.Err)
	}
}

func TestTargetsThatAreNeverReachedAreKnownByTheirText(t *testing.T) {
	t.Parallel()
	here, err := Parse([]string{"10.1.0.0/16", "127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		target    string
		ok, local bool // with nothing allowed, with private networks allowed
	}{
		{"https://shop.example/hook", true, true},
		{"https://8.8.8.8/hook", true, true},
		{"https://127.0.0.1/hook", false, true},
		{"https://[::1]:8443/hook", false, false},
		{"https://[::ffff:10.1.2.3]/hook", false, true},
		{"https://10.2.0.1/hook", false, false},
		{"https://localhost:8443/hook", false, true},
		{"https://LocalHost./hook", false, true},
		{"https://shop.localhost/hook", false, true},
		{"http://shop.example/hook", false, true}, // its address may be an allowed one
		{"http://8.8.8.8/hook", false, false},
		{"kafka://10.1.0.7:9092,10.2.0.7:9092", false, false},
		{"kafkas://10.1.0.7:9092,10.1.0.8:9092", false, true},
		{"kafkas://kafka.example:9092?addr=10.1.0.8:9092", false, true},
		{"algolia://ABC123/products", true, true},
		{"typesense+http://search.example/products", false, true},
		{"events.jsonl", true, true},
	} {
		if err := (Allowed{}).CheckTarget(c.target); (err == nil) != c.ok {
			t.Errorf("%s, nothing allowed: %v", c.target, err)
		}
		if err := here.CheckTarget(c.target); (err == nil) != c.local {
			t.Errorf("%s, private networks allowed: %v", c.target, err)
		}
	}
}
