package dial

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
		"224.0.0.1", "255.255.255.255", "240.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "198.18.0.1", "192.0.2.1",
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
