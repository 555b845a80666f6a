package catalog

import (
	"context"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

func TestOfSeveralHostsTheOneThatCanBeWrittenIsUsed(t *testing.T) {
	t.Parallel()
	primary := dbtest.StartMySQL(t)
	dsn := primary.DSN(t)
	replica := primary.Replica(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	at := func(hosts string) string {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		u.Host = hosts
		return u.String()
	}
	for tenant, hosts := range map[string]string{
		"dead":     nobody + "," + primary.Addr(),
		"readonly": replica.Addr() + "," + primary.Addr(),
		"right":    primary.Addr() + "," + replica.Addr(),
	} {
		c := open(t, at(hosts))
		mustTenant(t, c, tenant)
	}
	if c, err := Open(t.Context(), at(replica.Addr()+","+nobody)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("opened where nothing can be written: %v, %v", c, err)
	}
}

func TestAWriteThatLosesIsBegunAnew(t *testing.T) {
	t.Parallel()
	n := 0
	err := retryConflict(t.Context(), time.Minute, func() error {
		if n++; n < 3 {
			return errConflict
		}
		return nil
	})
	if err != nil || n != 3 {
		t.Errorf("%v after %d tries", err, n)
	}
	n = 0
	if err := retryConflict(t.Context(), time.Minute, func() error { n++; return ErrBusy }); !errors.Is(err, ErrBusy) || n != 1 {
		t.Errorf("what is busy was tried %d times: %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := retryConflict(ctx, time.Minute, func() error { return errConflict }); !errors.Is(err, ErrBusy) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("when the caller has gone: %v", err)
	}
}
