package test

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fullDisk is a place for a database that soon has no room left.
type fullDisk struct {
	name  string
	path  string
	stops bool          // the server ends, as at any other error of the disk
	limit func(*server) // called when the server runs
	free  func(*server) // makes room; a server that is started again has it anyway
}

// fullDisks are a file system of a few megabytes, where the test may mount
// one, and a limit on the size of the files that the server writes.
func fullDisks(t *testing.T) []fullDisk {
	t.Helper()
	set := func(size uint64) func(*server) {
		return func(s *server) {
			limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
			if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	disks := []fullDisk{{"a limit on file sizes", filepath.Join(t.TempDir(), "holdfast.db"), true, set(1 << 20), nil}}
	if dir, ok := mounted(t, "size=3m"); ok {
		disks = append(disks, fullDisk{"a small file system", filepath.Join(dir, "holdfast.db"), false, func(*server) {}, func(*server) {
			if err := unix.Mount("holdfast-test", dir, "tmpfs", unix.MS_REMOUNT, "size=256m"); err != nil {
				t.Fatal(err)
			}
		}})
	}
	return disks
}

// mounted mounts a file system in memory and says where, or that this user may
// not.
func mounted(t *testing.T, options string) (dir string, ok bool) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("holdfast-test", dir, "tmpfs", 0, options); err != nil {
		t.Logf("without a file system of the test's own: %v", err)
		return "", false
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir, true
}

// With no room on the disk writes are refused and reads still work. With room again writes work,
// nobody repairs anything, and nothing acknowledged is missing. A fault that SQLite calls an error
// of the disk (a quota, a limit on file sizes) ends the server, and all is well when it is started
// again.
func TestAFullDiskRefusesWritesAndRecovers(t *testing.T) {
	t.Parallel()
	for _, disk := range fullDisks(t) {
		t.Run(disk.name, func(t *testing.T) { fillUp(t, disk) })
	}
}

func fillUp(t *testing.T, disk fullDisk) {
	s := newServerOn(t, disk.path)
	l := newLoad(t, s, 4)
	disk.limit(s)
	l.run(8, on(s))
	l.until("a full disk", func(_, refused int) bool { return refused > 50 || disk.stops && len(s.end) > 0 })

	for _, path := range []string{"/inventory/check/load-0", "/inventory/product/load-1", "/inventory/orders/order-0-0", "/inventory", "/inventory/logs/load-0"} {
		if disk.stops {
			break
		}
		ctx, cancel := context.WithTimeout(t.Context(), hang)
		r, err := l.c.once(ctx, "GET", s.url(path), "", nil)
		cancel()
		if err != nil || r.status != http.StatusOK {
			t.Errorf("GET %s on a full disk: %+v %v", path, r, err)
		}
	}
	before, _ := l.counts()
	if disk.stops {
		s.kill()
		s.start()
	} else {
		// Some writes still find a free page.
		l.until("a server that is not ready", func(_, _ int) bool { return s.readiness(l) == http.StatusServiceUnavailable })
		disk.free(s)
	}
	begun := time.Now()
	l.until("writes after there is room", func(acked, _ int) bool { return acked > before+200 })
	l.until("a server that is ready", func(_, _ int) bool { return s.readiness(l) == http.StatusOK })
	t.Logf("%d orders were taken before the disk was full; 200 more within %v after there was room", before, time.Since(begun))
	l.end()
	l.settle(s)
	s.stop()
	s.verify()
	s.start()
	l.audit(s)
}
