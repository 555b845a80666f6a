package main

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// diskEvery is how often the free room of the disk is read.
const diskEvery = 5 * time.Second

// diskRoom is the room of a disk, in bytes. The zero value means unknown.
type diskRoom struct{ free, all int64 }

// diskWatch reads the room of the disk with this server's data. It runs on its own: a disk over a
// network may not answer, and heartbeats must not wait for it.
type diskWatch struct {
	folder string
	seen   atomic.Pointer[diskRoom]
}

// newDiskWatch watches the disk of the database file. For books on database servers it watches the
// disk of the files that this server imports and exports.
func newDiskWatch(c booksConfig) *diskWatch {
	w := &diskWatch{folder: filepath.Dir(c.files())}
	w.look()
	return w
}

// run looks until ctx ends.
func (w *diskWatch) run(ctx context.Context) error {
	tick := time.NewTicker(diskEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			w.look()
		}
	}
}

func (w *diskWatch) look() {
	var room diskRoom
	if free, all, err := roomOf(w.folder); err == nil {
		room = diskRoom{int64(free), int64(all)}
	}
	w.seen.Store(&room)
}

// facts is this server's report about itself.
func (h *house) facts() catalog.NodeFacts {
	room := *h.disk.seen.Load()
	f := catalog.NodeFacts{
		Version: thisBuild().Version, DiskFree: room.free, DiskAll: room.all, CertificateEnds: h.front.CertificateEnds(),
	}
	if name, err := os.Hostname(); err == nil {
		f.Host = name
	}
	for _, r := range h.replicas.States() {
		seen := catalog.ReplicaFacts{Name: r.Name, Records: r.Records, Behind: catalog.Period(r.Behind)}
		if r.Reason != nil {
			seen.Reason = firstChars(r.Reason.Error(), maxReason)
		}
		f.Replicas = append(f.Replicas, seen)
	}
	return f
}

// maxReason is how many characters of a reason other servers get.
const maxReason = 200

// firstChars shortens a text.
func firstChars(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
