package hot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/stock"
)

const (
	// renewMost is how many items are renewed in one transaction: their rows are locked together for a
	// few milliseconds.
	renewMost = 500
	// renewers is how many such groups are under way at a time: while one waits for a commit, another is
	// in the books or in Redis.
	renewers = 3
)

// maker makes the balances of a road anew.
type maker struct {
	road *Road
	// why is what the journals say of items that nothing was wrong with; without a reason they say nothing.
	why stock.Note
}

// Rebuild makes the balance of an item anew from the books, under the next epoch. No
// taking of the epoch before is acknowledged from then on.
func (r *Road) Rebuild(ctx context.Context, k stock.ItemKey) error {
	l, err := r.store.Find(ctx, k)
	if err != nil || l == nil {
		return errors.Join(err, ErrLedger)
	}
	if l.State == Sealed {
		return r.finish(ctx, k)
	}
	if l.State == Open {
		if _, err := (maker{road: r}).renew(ctx, []Listed{*l}); err != nil && ctx.Err() != nil {
			return fmt.Errorf("rebuild product %q: %w", k.Product, err)
		}
	}
	return maker{road: r}.begin(ctx, k)
}

// RebuildAll is Rebuild for many items. After each group it calls done with the number of its items. An item
// that another process renews meanwhile counts. An error stops it, but for those about single items. Items
// that it did not get to may be opening: Tend continues.
func (r *Road) RebuildAll(ctx context.Context, all []Listed, done func(items int)) error {
	if len(all) == 0 {
		return nil
	}
	if err := r.Ping(ctx); err != nil { // no item stops for a Redis that does not answer
		return err
	}
	var mu sync.Mutex
	failed := map[int64]error{}
	groups, ctx := errgroup.WithContext(ctx)
	groups.SetLimit(renewers)
	for group := range slices.Chunk(all, renewMost) {
		groups.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			some, err := maker{road: r}.renewPatiently(ctx, group)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(failed, some)
			if err == nil {
				done(len(group))
			}
			return err
		})
	}
	err := groups.Wait()
	return errors.Join(err, firstFailure(all, failed))
}

// renewTries is how often a group is renewed when Redis does not answer in time: while other work runs,
// half a second may be too short for one group of hundreds.
const renewTries = 4

// renewPatiently is renewWhole, again when Redis did not answer in time: under another epoch, because a
// script that was late may still run.
func (r maker) renewPatiently(ctx context.Context, group []Listed) (failed map[int64]error, err error) {
	for range renewTries {
		if failed, err = r.renewWhole(ctx, group); !errors.Is(err, ErrDown) {
			return failed, err
		}
		select {
		case <-ctx.Done():
			return failed, err
		case <-time.After(restFor):
		}
		var left []Listed
		for _, l := range group {
			if l = r.road.known.lastRead(l.Key); l.State == Opening && failed[l.ID] == nil {
				left = append(left, l)
			}
		}
		group = left
	}
	return failed, err
}

// renewWhole is renew, again for items of which Redis had a later epoch.
func (r maker) renewWhole(ctx context.Context, group []Listed) (failed map[int64]error, err error) {
	if failed, err = r.renew(ctx, group); err != nil {
		return failed, err
	}
	for _, l := range group {
		if failed[l.ID] != nil {
			if is, err := r.road.known.look(ctx, l.Key); err == nil && !is.stillOpening(l) {
				delete(failed, l.ID)
			}
			continue
		}
		if r.road.known.lastRead(l.Key).State != Opening {
			continue
		}
		if err := r.begin(ctx, l.Key); err != nil {
			failed[l.ID] = err
		}
	}
	return failed, nil
}

// begin opens an item in the state Opening. Steps that another process has done
// count.
func (r maker) begin(ctx context.Context, k stock.ItemKey) error {
	for {
		l, err := r.road.known.look(ctx, k)
		if err != nil {
			return err
		}
		if l.State != Opening {
			return nil
		}
		failed, err := r.renew(ctx, []Listed{l})
		if err = errors.Join(err, failed[l.ID]); err == nil {
			continue
		}
		is, e := r.road.known.look(ctx, k)
		if e != nil || is.stillOpening(l) {
			return fmt.Errorf("open product %q: %w", k.Product, errors.Join(err, e))
		}
	}
}

// stillOpening reports whether an item that could not be opened is still opening. Otherwise somebody else
// has opened it, or turned it off, and perhaps on again.
func (l Listed) stillOpening(was Listed) bool { return l.State == Opening && l.Holder == was.Holder }

// renew makes balances anew. It moves the items, open or opening, to the next epoch, which only this process
// has: a balance of an epoch is written once, so a Redis that lost it, after units were taken from it, never
// gets it again. From then on no taking of an earlier epoch becomes durable, and no step can join once all
// tasks are in the books. Then the balance follows from the books. Items that failed by themselves are still
// opening.
func (r maker) renew(ctx context.Context, was []Listed) (failed map[int64]error, err error) {
	failed = map[int64]error{}
	was = slices.DeleteFunc(slices.Clone(was), func(l Listed) bool { return l.State != Open && l.State != Opening })
	own, choice, err := r.road.store.MoveAll(ctx, was, Turn{Raise: 1, State: Opening, Era: r.road.era})
	if err != nil {
		return failed, fmt.Errorf("renew balances: %w", err)
	}
	chooser{r.road}.learn(ctx, choice)
	if len(own) == 0 {
		return failed, nil // another process renews them
	}
	for _, l := range own {
		r.road.known.note(l)
	}
	if err := r.beginHolders(ctx, own, failed); err != nil {
		return failed, err
	}
	if err := r.drainAll(ctx, own, failed); err != nil {
		return failed, err
	}
	written, err := r.initialise(ctx, withoutFailed(own, failed), failed)
	if len(written) == 0 {
		return failed, err
	}
	opened, _, e := r.road.store.MoveAll(ctx, written, Turn{State: Open, Era: r.road.era})
	for _, l := range opened {
		r.road.known.note(l)
	}
	return failed, errors.Join(err, e)
}

// withoutFailed are the items that did not fail.
func withoutFailed(all []Listed, failed map[int64]error) []Listed {
	return slices.DeleteFunc(slices.Clone(all), func(l Listed) bool { return failed[l.ID] != nil })
}

// firstFailure is the first error, with how many items have one.
func firstFailure(all []Listed, failed map[int64]error) error {
	for _, l := range all {
		if err := failed[l.ID]; err != nil {
			return fmt.Errorf("product %q at location %q, one of %d items that failed: %w", l.Key.Product, l.Key.Location, len(failed), err)
		}
	}
	return nil
}

// beginHolders makes sure that the books have the items' holders.
func (r maker) beginHolders(ctx context.Context, all []Listed, failed map[int64]error) error {
	commands := make([]stock.Command, len(all))
	for i, l := range all {
		commands[i] = beginning(l)
	}
	for i, err := range r.road.books.submitAll(ctx, commands) {
		if err != nil {
			failed[all[i].ID] = err
		}
	}
	return ctx.Err()
}

// drainAll brings all tasks of the items into the books.
func (r maker) drainAll(ctx context.Context, all []Listed, failed map[int64]error) error {
	ids := make([]int64, len(all))
	for i, l := range all {
		ids[i] = l.ID
	}
	some, err := r.road.store.Unfinished(ctx, ids)
	if err != nil {
		return fmt.Errorf("look which items have tasks: %w", err)
	}
	var waiting []Listed
	for _, l := range all {
		if slices.Contains(some, l.ID) && failed[l.ID] == nil {
			waiting = append(waiting, l)
		}
	}
	errs := make([]error, len(waiting))
	_ = Each(ctx, indexes(waiting), func(ctx context.Context, i int) error {
		unlock, err := r.road.known.lock(ctx, waiting[i])
		if errs[i] = err; err == nil {
			errs[i] = r.road.drain(ctx, waiting[i])
			unlock()
		}
		return nil
	})
	for i, err := range errs {
		if err != nil {
			failed[waiting[i].ID] = err
		}
	}
	return ctx.Err()
}

func indexes[T any](all []T) []int {
	n := make([]int, len(all))
	for i := range n {
		n[i] = i
	}
	return n
}

// initialise writes the balances that the books say, and returns the items of which Redis has them. An item
// of which Redis knows a later epoch goes beyond that, and is still opening.
func (r maker) initialise(ctx context.Context, all []Listed, failed map[int64]error) (written []Listed, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	of, err := mender{r.road}.untold(ctx, all...)
	if err != nil {
		return nil, err
	}
	notes := map[int64]stock.Note{}
	for _, l := range all {
		if notes[l.ID] = r.why; len(of[l.ID].ids) > 0 {
			notes[l.ID] = of[l.ID].note
		}
	}
	grants, err := r.road.books.grantAll(ctx, all, notes)
	if err != nil {
		return nil, err
	}
	var said []int64
	var fresh []Fresh
	var begun []Listed
	for i, l := range all {
		if err := grants[i].err; err != nil {
			failed[l.ID] = err
			continue
		}
		said = append(said, of[l.ID].ids...)
		fresh, begun = append(fresh, Fresh{l.Key, l.Epoch, Balance{Usable: grants[i].escrow, Given: grants[i].given.Units, Shortage: grants[i].given.Waits}}), append(begun, l)
	}
	mender{r.road}.told(ctx, said...)
	for begin := 0; begin < len(fresh); begin += pipelineMost {
		end := min(begin+pipelineMost, len(fresh))
		var done []bool
		if err := r.road.calm.ask(ctx, func(ctx context.Context) (err error) {
			done, err = r.road.redis.InitialiseAll(ctx, fresh[begin:end])
			return err
		}); err != nil {
			return written, err
		}
		for i, l := range begun[begin:end] {
			if done[i] {
				l.Given, l.Free = fresh[begin+i].Is.Given, fresh[begin+i].Is.Usable
				written = append(written, l)
			} else if err := r.overtake(ctx, l); err != nil {
				failed[l.ID] = err
			}
		}
	}
	return written, nil
}

// overtake moves an opening item beyond the epoch that Redis has, or that another process did not finish.
func (r maker) overtake(ctx context.Context, l Listed) error {
	var has int64
	if err := r.road.calm.ask(ctx, func(ctx context.Context) (err error) {
		has, err = r.road.redis.Epoch(ctx, l.Key)
		return err
	}); err != nil {
		return err
	}
	to := l
	to.Epoch = max(has, l.Epoch) + 1
	_, err := r.road.store.Move(ctx, l, to)
	return err
}
