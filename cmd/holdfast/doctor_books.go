package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/stock"
)

// newestRecords is how many records are looked at: as many as a server checks
// when it starts.
const newestRecords = 1000

// examine reads what the checks of the books look at.
func (d *doctor) examine(ctx context.Context) {
	var before [32]byte
	seen := 0
	d.slot, d.slotErr = sqlite.Examine(ctx, d.path, newestRecords, func(r *engine.Record) error {
		v, err := stock.ParseRecord(r.Body)
		switch {
		case err != nil:
			return fmt.Errorf("record %d: %w", r.Seq, err)
		case v.Header().Seq != uint64(r.Seq) || v.Hash() != r.Hash:
			return fmt.Errorf("record %d: its columns and its body differ", r.Seq)
		case seen > 0 && v.Header().Prev != before:
			return fmt.Errorf("record %d: it does not continue the chain", r.Seq)
		}
		before, d.last = r.Hash, r.At
		seen++
		return nil
	})
	d.catalog, d.catErr = catalog.Examine(ctx, d.path)
}

// readable reports whether the slot could be read and is of this program's schema.
func (d *doctor) readable() bool { return d.slotErr == nil && d.slot.Have == d.slot.Want }

// file looks at the database file and those beside it: a command that another
// user ran may have left one that the server cannot write.
func (d *doctor) file(context.Context) []finding {
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return []finding{found(wrong, "there is no file %s", d.path).remedy("a server makes it when it starts, or: holdfast migrate --db sqlite:%s", d.path)}
	case err != nil:
		return []finding{found(wrong, "%v", err)}
	case !info.Mode().IsRegular():
		return []finding{found(wrong, "%s is no file", d.path)}
	}
	folder := filepath.Dir(d.path)
	for _, name := range []string{d.path, d.path + "-wal", d.path + "-shm", folder} {
		if err := mayWrite(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return []finding{found(wrong, "this user may not write %s: %v", name, err).remedy("give the user that runs holdfast the folder %s and all in it", folder)}
		}
	}
	if info.Mode().Perm()&0o002 != 0 {
		return []finding{found(wrong, "everybody may write %s (%v)", d.path, info.Mode().Perm()).remedy("chmod o-w %s", d.path)}
	}
	return []finding{found(good, "%s, %s, may be read and written", d.path, inBytes(uint64(info.Size())))}
}

// How much room there must be, and how much there should be.
const (
	leastRoom = 64 << 20
	goodRoom  = 1 << 30
)

func (d *doctor) disk(context.Context) []finding {
	folder := filepath.Dir(d.path)
	free, kind, err := diskOf(folder)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return []finding{found(unknown, "free room is not known on this system")}
	case err != nil:
		return []finding{found(wrong, "%s: %v", folder, err)}
	}
	all := []finding{found(good, "%s free", inBytes(free))}
	switch {
	case free < leastRoom:
		all[0].Verdict = wrong
		all[0] = all[0].remedy("writes are refused when it is full; make room or move the database")
	case free < goodRoom:
		all[0].Verdict = warning
		all[0] = all[0].remedy("a back-up beside it needs as much as the database has")
	}
	if kind != "" {
		all = append(all, found(wrong, "%s is on %s", folder, kind).remedy("SQLite's shared memory and locks need a local disk"))
	}
	return all
}

func (d *doctor) schema(context.Context) []finding {
	if d.slotErr != nil {
		return []finding{found(wrong, "%v", d.slotErr)}
	}
	switch have, want := d.slot.Have, d.slot.Want; {
	case have == 0:
		return []finding{found(wrong, "there are no books in %s", d.path).remedy("is it the right file? a new one gets them from: holdfast migrate --db sqlite:%s", d.path)}
	case have < want:
		return []finding{found(wrong, "the books have schema %d, this program works with %d", have, want).remedy("stop the servers, make a back-up, then: holdfast migrate --db sqlite:%s", d.path)}
	case have > want:
		return []finding{found(wrong, "the books have schema %d, this program knows %d", have, want).remedy("use the newer holdfast that wrote them")}
	}
	if d.catErr != nil {
		return []finding{found(wrong, "%v", d.catErr)}
	}
	if err := d.catalog.Schema.Err(d.path); err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	return []finding{found(good, "books %d, catalog %d", d.slot.Have, d.catalog.Schema.Found)}
}

func (d *doctor) journalMode(context.Context) []finding {
	if !d.readable() {
		return nil
	}
	if !d.slot.WALMode {
		return []finding{found(warning, "the file is not in WAL mode").remedy("a server sets it when it starts; let no other program change it")}
	}
	f := found(good, "wal, each commit synced to the disk; %s not yet moved into the file", inBytes(uint64(d.slot.WAL)))
	if d.slot.WAL > goodRoom {
		f.Verdict = warning
		f = f.remedy("something reads the database without an end: look for a hanging back-up or an open sqlite3")
	}
	return []finding{f}
}

func (d *doctor) records(context.Context) []finding {
	if d.slotErr != nil || !d.readable() {
		return nil // schema has said why
	}
	n := min(uint64(d.slot.Head), newestRecords)
	return []finding{found(good, "the newest %d of %d records decode and continue the chain", n, d.slot.Head)}
}

// lagToWorry is more than the views are ever behind for longer than a moment.
const lagToWorry = 100_000

func (d *doctor) view(context.Context) []finding {
	if !d.readable() {
		return nil
	}
	behind := d.slot.Head - min(d.slot.Journal, d.slot.Head)
	f := found(good, "the journal is %d records behind", behind)
	if behind > lagToWorry {
		f.Verdict = warning
		f = f.remedy("a running server takes them in; lists are answered with Holdfast-Stale until then")
	}
	return []finding{f}
}

func (d *doctor) keys(context.Context) []finding {
	if d.catErr != nil || !d.catalog.Schema.Current() {
		return nil
	}
	f := found(good, "%d valid keys, %d of them admin, in %d tenants", d.catalog.Keys, d.catalog.Admins, d.catalog.Tenants)
	if d.catalog.Keys == 0 {
		f.Verdict = warning
		f = f.remedy("nobody can write: holdfast keys create --db sqlite:%s --tenant default --scopes admin", d.path)
	}
	return []finding{f}
}

// aheadToWorry is how far the newest record may be ahead of the clock.
const aheadToWorry = 5 * time.Second

func (d *doctor) clock(context.Context) []finding {
	var all []finding
	if d.readable() && d.last != 0 {
		last := time.UnixMilli(int64(d.last))
		switch ahead := last.Sub(d.now); {
		case ahead > time.Minute:
			all = append(all, found(wrong, "the newest record is from %s, %s ahead of this clock", last.UTC().Format(time.RFC3339), ahead.Round(time.Second)).
				remedy("set the clock right before a server starts; until the clock gets there, reservations last that much longer"))
		case ahead > aheadToWorry:
			all = append(all, found(warning, "the newest record is %s ahead of this clock", ahead.Round(time.Second)).remedy("is the clock of every machine kept by NTP?"))
		}
	}
	switch synced, err := clockSynced(); {
	case err != nil:
		all = append(all, found(unknown, "whether something keeps the clock right is not known here"))
	case !synced:
		all = append(all, found(warning, "nothing keeps this clock right").remedy("run an NTP client: deadlines go by it after a restart"))
	default:
		all = append(all, found(good, "kept right by the system"))
	}
	return all
}

func inBytes(n uint64) string {
	for _, u := range []struct {
		size uint64
		name string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
