package sheet

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Accept takes a file and returns its import, which then runs by itself.
// again reports that the file was accepted before: then the result is that import, however
// far it is. A body that breaks off leaves nothing behind.
func (d *Desk) Accept(ctx context.Context, spec Spec, body io.Reader) (_ Job, again bool, err error) {
	leave, err := d.enter(spec.Tenant)
	if err != nil {
		return Job{}, false, err
	}
	defer leave()
	if d.waiting(spec.Tenant) >= mostWaiting {
		return Job{}, false, ErrTooMany
	}
	name, content, err := d.spool(body)
	if err != nil {
		return Job{}, false, err
	}
	kept := false
	defer func() {
		if !kept {
			err = errors.Join(err, os.Remove(d.folder.path(name)))
		}
	}()
	if err := ctx.Err(); err != nil {
		return Job{}, false, err
	}
	stands := spec.print(content)
	j := &job{done: make(chan struct{})}
	j.Job = Job{
		ID: spec.id(stands, name), Spec: spec, State: StateQueued, Print: stands, Body: name,
		Accepted: d.now().UTC().Truncate(time.Millisecond),
	}
	found, again, err := d.claim(j)
	kept = err == nil && !again
	return found, again, err
}

// enter counts a transfer of the tenant; leave ends it.
func (d *Desk) enter(tenant string) (leave func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.taking[tenant] >= mostTaking {
		return nil, ErrTooMany
	}
	d.taking[tenant]++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.taking[tenant]--; d.taking[tenant] == 0 {
			delete(d.taking, tenant)
		}
	}, nil
}

func (d *Desk) waiting(tenant string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, j := range d.mine {
		if j.Tenant == tenant {
			n++
		}
	}
	return n
}

// spool stores the body in a file of its own and returns the name of the file and the hash
// of the content. The file is durable and complete.
func (d *Desk) spool(body io.Reader) (name string, content [32]byte, err error) {
	file, err := d.folder.temp()
	if err != nil {
		return "", content, fmt.Errorf("store what is sent: %w", err)
	}
	part := file.Name()
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, hash), io.LimitReader(body, MaxBody+1))
	if err == nil && n > MaxBody {
		err = ErrTooLarge
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", content, fmt.Errorf("store what is sent: %w", err)
	}
	name = strings.TrimSuffix(filepath.Base(part), ".part") + ".body"
	if err = os.Rename(part, d.folder.path(name)); err != nil {
		return "", content, fmt.Errorf("store what is sent: %w", err)
	}
	return name, [32]byte(hash.Sum(nil)), nil
}

// claim gives the job to this process, or returns the existing job with its id.
func (d *Desk) claim(j *job) (found Job, again bool, err error) {
	d.claiming.Lock() // so that of equal imports at the same time all but the first find it
	defer d.claiming.Unlock()
	if found, err = d.find(j.ID); err == nil && !found.mayRunAgain(j) {
		return found.repeated(j)
	} else if err != nil && !errors.Is(err, ErrUnknown) {
		return found, false, err
	}
	create := err != nil
	if j.lock, err = tryLock(d.folder.lock(j.ID)); err != nil {
		return found, false, err
	}
	if j.lock == nil {
		return found, false, ErrInProgress
	}
	if create {
		err = d.folder.write(&j.Job, true, true)
	} else {
		err = d.replace(&found, j)
	}
	if err != nil {
		j.lock.unlock()
		if errors.Is(err, fs.ErrExist) {
			return found, false, ErrInProgress
		}
		return found, false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.add(j)
	return j.Job, false, nil
}

// mayRunAgain reports that a repeat of the import is carried out: the import failed
// midway, or nothing was applied and it had no key.
func (j *Job) mayRunAgain(again *job) bool {
	return j.Print == again.Print && (j.State == StateFailed || j.State == StateRefused && j.Key == "")
}

// replace puts a repeat in the place of a failed import. A failed import continues
// where it stopped; its rows keep their keys.
func (d *Desk) replace(old *Job, j *job) error {
	if old.State == StateFailed {
		body := j.Body
		j.Job = *old
		j.State, j.Problem, j.Body, j.Finished = StateQueued, nil, body, time.Time{}
	}
	if err := d.folder.write(&j.Job, false, true); err != nil {
		return err
	}
	if err := os.Remove(d.folder.path(old.Body)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what was sent before: %w", err)
	}
	return nil
}

// repeated answers a repeat with the earlier import.
func (j *Job) repeated(again *job) (Job, bool, error) {
	if j.Print != again.Print {
		return Job{}, false, ErrConflict
	}
	return *j, true, nil
}

// find returns a job of this process or of the folder.
func (d *Desk) find(id string) (Job, error) {
	d.mu.Lock()
	if j := d.mine[id]; j != nil {
		defer d.mu.Unlock()
		return j.Job, nil
	}
	d.mu.Unlock()
	return d.folder.read(id)
}

// Find returns an import of the tenant, or ErrUnknown.
func (d *Desk) Find(tenant, id string) (Job, error) {
	j, err := d.find(id)
	if err == nil && j.Tenant != tenant {
		return Job{}, ErrUnknown
	}
	return j, err
}

// Wait is Find that waits until the import has ended, up to most. It does not
// wait for imports that another process carries out.
func (d *Desk) Wait(ctx context.Context, tenant, id string, most time.Duration) (Job, error) {
	d.mu.Lock()
	j := d.mine[id]
	d.mu.Unlock()
	if j != nil && j.Tenant == tenant && most > 0 {
		late := time.NewTimer(most)
		defer late.Stop()
		select {
		case <-j.done:
		case <-late.C:
		case <-d.ended:
		case <-ctx.Done():
		}
	}
	return d.Find(tenant, id)
}

// Result opens the result of an import that has ended. The caller closes it.
func (d *Desk) Result(tenant, id string) (*os.File, Job, error) {
	j, err := d.Find(tenant, id)
	if err != nil {
		return nil, j, err
	}
	if !j.State.isEnded() {
		return nil, j, ErrInProgress
	}
	file, err := os.Open(d.folder.result(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, j, ErrUnknown
	}
	if err != nil {
		return nil, j, fmt.Errorf("open the result: %w", err)
	}
	return file, j, nil
}

// List returns imports of the tenant, the latest first, limit at most.
func (d *Desk) List(tenant string, limit int) ([]Job, error) {
	ids, err := d.folder.ids()
	if err != nil {
		return nil, err
	}
	var all []Job
	for _, id := range ids {
		j, err := d.find(id)
		switch {
		case errors.Is(err, ErrUnknown): // gone meanwhile
		case err != nil:
			return nil, err
		case j.Tenant == tenant:
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b Job) int {
		return cmp.Or(b.Accepted.Compare(a.Accepted), cmp.Compare(a.ID, b.ID))
	})
	return all[:min(limit, len(all))], nil
}
