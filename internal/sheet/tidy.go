package sheet

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

const (
	// keepFor is how long the result of an import is kept. For the same time a repeat is
	// distinguished from a new import: as long as the rows' keys are kept.
	keepFor = 7 * 24 * time.Hour
	// mostKept is how many ended imports of one tenant are kept.
	mostKept = 1000
	// abandoned is how long a file must be unchanged before it counts as left over by a dead
	// process.
	abandoned = time.Hour
	// clocksApart is by how much the clock of the catalog may be ahead. Servers stand still for longer while a tenant is deleted.
	clocksApart = 2 * time.Second
)

// tidy takes over imports on which no process works, and deletes results that were kept
// long enough.
func (d *Desk) tidy(ctx context.Context) error {
	ids, err := d.folder.ids()
	if err != nil {
		return err
	}
	var errs []error
	bodies := map[string]bool{}
	ended := map[string][]Job{}
	owners := map[string]catalog.Tenant{}
	for _, id := range ids {
		j, err := d.folder.read(id)
		gone := false
		if err == nil {
			gone, err = d.isOrphan(ctx, &j, owners)
		}
		switch {
		case errors.Is(err, ErrUnknown): // gone meanwhile
		case err != nil:
			errs = append(errs, err)
		case gone:
			d.log.InfoContext(ctx, "import of a deleted tenant removed", "import", id)
			errs = append(errs, d.folder.remove(&j))
		case j.State.isEnded():
			bodies[j.Body] = true
			ended[j.Tenant] = append(ended[j.Tenant], j)
		default:
			bodies[j.Body] = true
			errs = append(errs, d.adopt(ctx, id))
		}
	}
	for _, jobs := range ended {
		slices.SortFunc(jobs, func(a, b Job) int { return cmp.Compare(b.Finished.UnixNano(), a.Finished.UnixNano()) })
		for i := range jobs {
			if i >= mostKept || d.now().Sub(jobs[i].Finished) > keepFor {
				errs = append(errs, d.folder.remove(&jobs[i]))
			}
		}
	}
	return errors.Join(append(errs, d.sweep(bodies))...)
}

// isOrphan reports whether the import is of a tenant that was deleted since, whoever has its id now. It keeps tenants that it looked up.
func (d *Desk) isOrphan(ctx context.Context, j *Job, owners map[string]catalog.Tenant) (bool, error) {
	owner, known := owners[j.Tenant]
	if !known {
		var err error
		if owner, err = d.rooms.Directory.Tenant(ctx, j.Tenant); err != nil && !errors.Is(err, catalog.ErrUnknown) {
			return false, err
		}
		owners[j.Tenant] = owner // without an id when it is unknown
	}
	if owner.ID != "" && owner.Created.Sub(j.Accepted) <= clocksApart {
		return false, nil
	}
	return d.rooms.Directory.WasDeleted(ctx, j.Tenant) // clocks may differ by more, and a new tenant may not be known here yet
}

// adopt takes over an unfinished import, unless a process works on it.
func (d *Desk) adopt(ctx context.Context, id string) error {
	d.mu.Lock()
	mine := d.mine[id] != nil
	d.mu.Unlock()
	if mine {
		return nil
	}
	l, err := tryLock(d.folder.lock(id))
	if err != nil || l == nil {
		return err
	}
	// From here on no other process changes it.
	j := &job{lock: l, done: make(chan struct{})}
	if j.Job, err = d.folder.read(id); err != nil || j.State.isEnded() {
		l.unlock()
		return err
	}
	d.log.InfoContext(ctx, "import resumed", "import", id, "tenant", j.Tenant, "kind", j.Kind, "done", j.Done, "rows", j.Rows)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.add(j)
	return nil
}

// sweep removes unneeded files: parts that were never finished, and sent files without an
// import.
func (d *Desk) sweep(bodies map[string]bool) error {
	entries, err := d.folder.list()
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		name := e.Name()
		unfinished := strings.HasSuffix(name, ".part")
		if !unfinished && (!strings.HasSuffix(name, ".body") || bodies[name]) {
			continue
		}
		info, err := e.Info()
		if err == nil && d.now().Sub(info.ModTime()) > abandoned {
			err = os.Remove(d.folder.path(name))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
