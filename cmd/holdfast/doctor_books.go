package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// examine reads the data for the checks of the books.
func (d *doctor) examine(ctx context.Context) {
	d.catalog, d.catErr = catalog.Examine(ctx, d.books.db)
	if !isOnServer(d.books.db) {
		d.path, _ = databaseFile(d.books.db) // which was checked
	}
	if d.path == "" || len(d.books.databases) > 0 {
		d.slots = d.lookAtSlots(ctx)
		return
	}
	var newest newestRecords
	x, err := sqlite.Examine(ctx, d.path, newestLooked, newest.add)
	seen := slotSeen{err: err}
	if err == nil {
		d.file = x
		seen = slotSeen{have: x.Have, want: x.Want, head: x.Head, journal: x.Journal, newest: newest}
	}
	d.slots = []slotSeen{seen}
}

// migrate is the command that brings the books to this program's schema.
func (d *doctor) migrate() string {
	if len(d.books.databases) > 0 {
		return "holdfast migrate with the --db and --databases of the servers"
	}
	return "holdfast migrate --db " + redacted(d.books.db)
}

// fileOfBooks checks the database file and the files next to it: a command that another
// user ran may have left one that the server cannot write.
func (d *doctor) fileOfBooks(context.Context) []finding {
	if d.path == "" {
		return nil
	}
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
	return []finding{found(good, "%s, %s, may be read and written", d.path, formatBytes(uint64(info.Size())))}
}

// The room that there must be, and the room that there should be.
const (
	leastRoom = 64 << 20
	goodRoom  = 1 << 30
)

func (d *doctor) disk(context.Context) []finding {
	if d.path == "" {
		return nil
	}
	folder := filepath.Dir(d.path)
	free, kind, err := diskOf(folder)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return []finding{found(unknown, "free room is not known on this system")}
	case err != nil:
		return []finding{found(wrong, "%s: %v", folder, err)}
	}
	all := []finding{found(good, "%s free", formatBytes(free))}
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
	var all []finding
	for i := range d.slots {
		if f, bad := d.slots[i].misfit(d); bad {
			all = append(all, f)
		}
	}
	if all != nil {
		return all
	}
	if d.catErr != nil {
		return []finding{found(wrong, "%v", d.catErr)}
	}
	if err := d.catalog.Schema.Err(redacted(d.books.db)); err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	return []finding{found(good, "books %d, catalog %d", d.slots[0].have, d.catalog.Schema.Found)}
}

func (d *doctor) journalMode(context.Context) []finding {
	if d.file == nil || !d.slots[0].readable() {
		return nil
	}
	if !d.file.WALMode {
		return []finding{found(warning, "the file is not in WAL mode").remedy("a server sets it when it starts; let no other program change it")}
	}
	f := found(good, "wal, each commit synced to the disk; %s not yet moved into the file", formatBytes(uint64(d.file.WAL)))
	if d.file.WAL > goodRoom {
		f.Verdict = warning
		f = f.remedy("something reads the database without an end: look for a hanging back-up or an open sqlite3")
	}
	return []finding{f}
}

func (d *doctor) records(context.Context) (all []finding) {
	for i := range d.slots {
		if s := &d.slots[i]; s.readable() { // else schema has said why
			all = append(all, found(good, "%sthe newest %d of %d records decode and continue the chain", s.label(), s.newest.n, s.head))
		}
	}
	return all
}

// lagToWorry is more than the views ever lag behind for longer than a moment.
const lagToWorry = 100_000

func (d *doctor) view(context.Context) (all []finding) {
	for i := range d.slots {
		s := &d.slots[i]
		if !s.readable() {
			continue
		}
		behind := s.head - min(s.journal, s.head)
		f := found(good, "%sthe journal is %d records behind", s.label(), behind)
		if behind > lagToWorry {
			f.Verdict = warning
			f = f.remedy("a running server takes them in; lists are answered with Holdfast-Stale until then")
		}
		all = append(all, f)
	}
	return all
}

func (d *doctor) keys(context.Context) []finding {
	if d.catErr != nil || !d.catalog.Schema.Current() {
		return nil
	}
	f := found(good, "%d valid keys, %d of them admin, in %d tenants", d.catalog.Keys, d.catalog.Admins, d.catalog.Tenants)
	if d.catalog.Keys == 0 {
		f.Verdict = warning
		f = f.remedy("nobody can write: holdfast keys create --db %s --tenant default --scopes admin", redacted(d.books.db))
	}
	return []finding{f}
}

// aheadToWorry is how far the newest record may be ahead of the clock, and the
// clock of a database server from this one.
const aheadToWorry = 5 * time.Second

func (d *doctor) clock(context.Context) []finding {
	var all []finding
	for i := range d.slots {
		all = append(all, d.slots[i].clock(d.now)...)
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

func formatBytes(n uint64) string {
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
